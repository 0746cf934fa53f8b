// A PDF that is to be sealed: what its update must know of the file as a whole. Reads it with qpdf,
// which throws: every call here may throw `std::exception`, and whoever calls says what that means.
#pragma once

#include <memory>
#include <qpdf/QPDF.hh>

#include "codec/pdf/concerns.h"
#include "codec/pdf/open_qpdf.h"
#include "codec/stamp/stamp.h"

namespace cityid {

class PdfFile {
 public:
  /// Reads a file, which must outlive this: its cross-references without mending them, and each
  /// object once. Errors: kMalformed for what is no PDF or a damaged one; kRefused for one that is
  /// encrypted, or has XFA; kTooLarge.
  static Result<PdfFile> Open(ByteView file);

  ByteView bytes() const { return bytes_; }
  QPDF& qpdf() const { return *qpdf_; }

  /// Where the last section of cross-references begins, and whether it is a stream.
  std::uint64_t last_section() const { return last_section_; }
  bool has_section_stream() const { return has_section_stream_; }
  /// The first number that no object has, and no cross-reference mentions.
  int next_object() const { return next_object_; }
  const std::vector<PdfConcern>& concerns() const { return concerns_; }

 private:
  PdfFile() = default;
  Result<void> FindLastSection();
  Result<void> CheckSize();

  ByteView bytes_;
  std::unique_ptr<QPDF> qpdf_;
  std::uint64_t last_section_ = 0;
  bool has_section_stream_ = false;
  int next_object_ = 0;
  std::vector<PdfConcern> concerns_;
};

}  // namespace cityid
