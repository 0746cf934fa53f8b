#include "codec/pdf/page_tree.h"

#include <set>

#include "codec/pdf/open_qpdf.h"

namespace cityid {

/// A walk through the tree, without recursion: files may be as deep as they like.
class PageTree::Walk {
 public:
  Walk(QPDF& qpdf, PageTree& tree) : qpdf_(qpdf), tree_(tree) {}

  Result<void> Run() {
    if (const auto entered = Enter(qpdf_.getRoot().getKey("/Pages"), -1); !entered)
      return entered.error();
    while (!open_.empty()) {
      Open& node = open_.back();
      if (node.next == node.kids.getArrayNItems()) {
        if (const auto left = Leave(); !left) return left.error();
      } else if (const auto entered = Enter(node.kids.getArrayItem(node.next++), node.place);
                 !entered) {
        return entered.error();
      }
    }
    return {};
  }

 private:
  /// A node whose kids are being visited.
  struct Open {
    int place = 0;
    QPDFObjectHandle kids;
    int next = 0;
    int pages_before = 0;
  };

  Result<void> Enter(QPDFObjectHandle object, int parent) {
    constexpr std::size_t kDeepest = 1000;
    if (!object.isIndirect() || !object.isDictionary())
      return Damaged("something in its page tree is no object of its own");
    if (!seen_.insert(object.getObjGen()).second)
      return Damaged("something stands in its page tree twice");
    if (open_.size() == kDeepest) return Damaged("its page tree is too deep");
    const int place = static_cast<int>(tree_.nodes_.size());
    tree_.nodes_.push_back({object.getObjGen(), parent});
    QPDFObjectHandle kids = object.getKey("/Kids");
    if (kids.isArray()) {
      open_.push_back({place, kids, 0, tree_.pages()});
    } else if (parent < 0 || !kids.isNull()) {
      return Damaged("its page tree has no pages");
    } else {
      tree_.pages_.push_back(place);
    }
    return {};
  }

  Result<void> Leave() {
    const Open& node = open_.back();
    const Node& known = tree_.nodes_[static_cast<std::size_t>(node.place)];
    QPDFObjectHandle count = qpdf_.getObject(known.number).getKey("/Count");
    if (!count.isInteger() || count.getIntValue() != tree_.pages() - node.pages_before)
      return Damaged("its page tree counts its pages wrong");
    open_.pop_back();
    return {};
  }

  QPDF& qpdf_;
  PageTree& tree_;
  std::set<QPDFObjGen> seen_;
  std::vector<Open> open_;
};

Result<PageTree> PageTree::Read(QPDF& qpdf) {
  PageTree tree;
  tree.qpdf_ = &qpdf;
  if (const auto walked = Walk(qpdf, tree).Run(); !walked) return walked.error();
  if (tree.pages_.empty()) return Error{Errc::kRefused, "the PDF has no pages"};
  return tree;
}

QPDFObjectHandle PageTree::Page(int page) const {
  const int place = pages_.at(static_cast<std::size_t>(page - 1));
  return qpdf_->getObject(nodes_[static_cast<std::size_t>(place)].number);
}

Result<QPDFObjectHandle> PageTree::Inherited(int page, const char* key) const {
  QPDFObjectHandle found = QPDFObjectHandle::newNull();
  int place = pages_.at(static_cast<std::size_t>(page - 1));
  while (place >= 0) {
    const Node& node = nodes_[static_cast<std::size_t>(place)];
    QPDFObjectHandle object = qpdf_->getObject(node.number);
    const auto entries = object.getDictAsMap();
    const auto own = entries.find(key);
    // Some viewers take the one above then, and some none.
    if (own != entries.end() && QPDFObjectHandle(own->second).isNull())
      return Damaged(std::string("a page has the entry ") + key + ", and it is null");
    if (found.isNull() && own != entries.end()) found = own->second;
    // Some viewers go up by this, and others come down.
    QPDFObjectHandle above = object.getKey("/Parent");
    if (node.parent >= 0 &&
        (!above.isIndirect() ||
         above.getObjGen() != nodes_[static_cast<std::size_t>(node.parent)].number))
      return Damaged("the page names a wrong parent");
    place = node.parent;
  }
  return found;
}

}  // namespace cityid
