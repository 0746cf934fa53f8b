// A PDF of many pages of the same size (ISO 32000-2), written page after page: of a page that was
// written, 16 bytes stay in memory. No fonts, no time of day: the same pages give the same bytes
// with the same version of zlib.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

class SheetPdf {
 public:
  /// Takes the file's bytes, in order. An error ends the writing.
  using Sink = std::function<Result<void>(ByteView)>;

  SheetPdf(double width_mm, double height_mm, Sink sink)
      : width_mm_(width_mm), height_mm_(height_mm), sink_(std::move(sink)) {}

  /// Compresses what draws a page: operators with the unit millimetre, from the top left corner of
  /// the page, y downwards. Thread-safe.
  Bytes Compress(std::string_view operators) const;

  /// Adds a page. Errors: those of the sink.
  Result<void> AddPage(ByteView compressed);

  /// Ends the file. There must be a page. Errors: those of the sink.
  Result<void> Finish();

  std::uint64_t pages() const { return contents_.size(); }

 private:
  Result<void> Put(std::string_view text);
  Result<void> Begin();
  Result<void> PutObject(std::uint64_t number, const std::string& content);
  Result<void> PutPages();
  Result<void> PutTable();

  double width_mm_, height_mm_;
  Sink sink_;
  std::uint64_t size_ = 0;
  std::vector<std::uint64_t> contents_;  ///< where the content of each page begins
  std::vector<std::pair<std::uint64_t, std::uint64_t>> objects_;  ///< others: number and place
};

}  // namespace cityid
