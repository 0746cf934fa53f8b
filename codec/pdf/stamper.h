// The answers of `cityid-pdf` about one file, and the one place that catches what qpdf throws.
#pragma once

#include "codec/pdf/page_tree.h"
#include "codec/pdf/pdf_file.h"

namespace cityid {

class Stamper {
 public:
  /// Opens a file, which must outlive this. Errors: those of `PdfFile::Open` and `PageTree::Read`.
  static Result<Stamper> Open(ByteView file);

  /// Answers a question (codec/stamp/stamp.h), also one that isn't well-formed.
  Bytes Answer(ByteView question) const;

  /// Errors: those of `PdfStamper::Look` and `PdfStamper::MakeStamp`.
  Result<PdfLook> Look(int page) const;
  Result<Stamp> MakeStamp(const StampAsked& stamp) const;

 private:
  Stamper(PdfFile file, PageTree tree) : file_(std::move(file)), tree_(std::move(tree)) {}
  Result<int> PageNumber(int asked) const;

  PdfFile file_;
  PageTree tree_;
};

}  // namespace cityid
