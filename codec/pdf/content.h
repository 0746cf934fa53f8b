// What the content of a page leaves open, so that a stamp after it lies where it should.
#pragma once

#include <qpdf/QPDF.hh>
#include <string>
#include <vector>

#include "codec/result.h"

namespace cityid {

/// What must stand around the content of a page.
struct ContentFrame {
  /// Operators that save the graphics state: one, and one more for each that the content restores
  /// without having saved it.
  std::string before;
  /// Operators that end what is open, and restore the state that the page began with.
  std::string after;
};

/// Returns the streams of a page's /Contents. Errors: kMalformed for anything but a stream, a list
/// of streams, or nothing.
Result<std::vector<QPDFObjectHandle>> ContentStreams(QPDFObjectHandle contents);

/// Reads the content that the streams are together. Errors: kMalformed for content that can't be
/// read, has operators without their operands, ends within something, or restores more than it
/// saved and paints on: a stamp might not be shown after it, or what it shows depends on the
/// viewer; kTooLarge. May throw as qpdf does.
Result<ContentFrame> FrameOf(std::vector<QPDFObjectHandle>& streams);

}  // namespace cityid
