// The pages of a PDF in their order, and what a page inherits.
#pragma once

#include <qpdf/QPDF.hh>
#include <vector>

#include "codec/result.h"

namespace cityid {

/// The nodes of a page tree. Calls may throw as qpdf does.
class PageTree {
 public:
  /// Walks the whole tree. Errors: kMalformed if anything about it is ambiguous, because viewers
  /// would show other pages then: loops, a page that stands in it twice or is no object of its own,
  /// a wrong count; kRefused if there are no pages.
  static Result<PageTree> Read(QPDF& qpdf);

  int pages() const { return static_cast<int>(pages_.size()); }

  /// Returns a page, from 1.
  QPDFObjectHandle Page(int page) const;

  /// Returns an attribute of a page, or of the nearest node above that has it; null if none has.
  /// Errors: kMalformed if the page names another node as the one above it.
  Result<QPDFObjectHandle> Inherited(int page, const char* key) const;

 private:
  struct Node {
    QPDFObjGen number;
    int parent = -1;  ///< place in `nodes_`
  };

  class Walk;
  QPDF* qpdf_ = nullptr;
  std::vector<Node> nodes_;
  std::vector<int> pages_;  ///< places in `nodes_`
};

}  // namespace cityid
