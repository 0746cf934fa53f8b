#include "codec/drawing/sheet_pdf.h"

#include <zlib.h>

#include <algorithm>
#include <new>

#include "codec/drawing/label.h"
#include "codec/text.h"

namespace cityid {
namespace {

constexpr double kPoints = 72 / 25.4;  // a millimetre
constexpr int kCompression = 5;        // half the time of 6, and a tenth larger
constexpr std::size_t kPagesOfNode = 256;

// Numbers of objects. The contents of pages follow, then the pages, then the nodes above them.
constexpr std::uint64_t kCatalog = 1;
constexpr std::uint64_t kRoot = 2;
constexpr std::uint64_t kInfo = 3;
constexpr std::uint64_t kFirstContent = 4;

std::string Reference(std::uint64_t number) { return std::to_string(number) + " 0 R"; }

}  // namespace

Bytes SheetPdf::Compress(std::string_view operators) const {
  std::string content = "2.8346457 0 0 -2.8346457 0 " + PdfNumber(height_mm_ * kPoints) + " cm\n";
  content += operators;
  Bytes packed(::compressBound(static_cast<uLong>(content.size())));
  uLongf size = static_cast<uLongf>(packed.size());
  if (::compress2(packed.data(), &size, reinterpret_cast<const Bytef*>(content.data()),
                  static_cast<uLong>(content.size()), kCompression) != Z_OK)
    throw std::bad_alloc();
  packed.resize(size);
  return packed;
}

Result<void> SheetPdf::Put(std::string_view text) {
  size_ += text.size();
  return sink_(AsBytes(text));
}

Result<void> SheetPdf::Begin() {
  if (size_ > 0) return {};
  // Four bytes above 127 say that the file is binary.
  return Put("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n");
}

Result<void> SheetPdf::PutObject(std::uint64_t number, const std::string& content) {
  objects_.emplace_back(number, size_);
  return Put(std::to_string(number) + " 0 obj\n" + content + "\nendobj\n");
}

Result<void> SheetPdf::AddPage(ByteView compressed) {
  if (const auto begun = Begin(); !begun) return begun;
  contents_.push_back(size_);
  const std::string head = std::to_string(kFirstContent + contents_.size() - 1) +
                           " 0 obj\n<< /Length " + std::to_string(compressed.size()) +
                           " /Filter /FlateDecode >>\nstream\n";
  if (const auto put = Put(head); !put) return put;
  if (const auto put = Put(AsText(compressed)); !put) return put;
  return Put("\nendstream\nendobj\n");
}

/// Writes the pages, and the nodes of their tree.
Result<void> SheetPdf::PutPages() {
  const std::uint64_t count = contents_.size();
  const std::uint64_t first_page = kFirstContent + count;
  const std::uint64_t first_node = first_page + count;
  std::string nodes;
  for (std::uint64_t begin = 0; begin < count; begin += kPagesOfNode) {
    const std::uint64_t end = std::min<std::uint64_t>(begin + kPagesOfNode, count);
    const std::uint64_t node = first_node + begin / kPagesOfNode;
    std::string kids;
    for (std::uint64_t page = begin; page < end; ++page) {
      kids += Reference(first_page + page) + ' ';
      const auto put =
          PutObject(first_page + page, "<< /Type /Page /Parent " + Reference(node) + " /Contents " +
                                           Reference(kFirstContent + page) + " >>");
      if (!put) return put;
    }
    nodes += Reference(node) + ' ';
    const auto put = PutObject(node, "<< /Type /Pages /Parent " + Reference(kRoot) + " /Count " +
                                         std::to_string(end - begin) + " /Kids [ " + kids + "] >>");
    if (!put) return put;
  }
  return PutObject(kRoot, "<< /Type /Pages /Count " + std::to_string(count) + " /Kids [ " + nodes +
                              "] /Resources << >> /MediaBox [ 0 0 " +
                              PdfNumber(width_mm_ * kPoints) + ' ' +
                              PdfNumber(height_mm_ * kPoints) + " ] >>");
}

Result<void> SheetPdf::PutTable() {
  const std::uint64_t place = size_;
  for (std::size_t i = 0; i < contents_.size(); ++i)
    objects_.emplace_back(kFirstContent + i, contents_[i]);
  std::ranges::sort(objects_);
  const std::string count = std::to_string(objects_.size() + 1);
  std::string table = "xref\n0 " + count + "\n" + ZeroFilled(0, 10) + " 65535 f \n";
  for (const auto& [number, begin] : objects_) table += ZeroFilled(begin, 10) + " 00000 n \n";
  table += "trailer\n<< /Size " + count + " /Root " + Reference(kCatalog) + " /Info " +
           Reference(kInfo) + " >>\nstartxref\n" + std::to_string(place) + "\n%%EOF\n";
  return Put(table);
}

Result<void> SheetPdf::Finish() {
  if (const auto put = PutPages(); !put) return put;
  if (const auto put = PutObject(kCatalog, "<< /Type /Catalog /Pages " + Reference(kRoot) + " >>");
      !put)
    return put;
  if (const auto put = PutObject(kInfo, "<< /Producer (cityid) >>"); !put) return put;
  return PutTable();
}

}  // namespace cityid
