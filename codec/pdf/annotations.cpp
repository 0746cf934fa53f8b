#include "codec/pdf/annotations.h"

namespace cityid {
namespace {

/// Returns true for an annotation that is shown on a screen or on paper.
bool IsDrawn(QPDFObjectHandle annotation) {
  constexpr long long kHidden = 2;
  QPDFObjectHandle flags = annotation.getKey("/F");
  if (flags.isInteger() && flags.getIntValue() & kHidden) return false;
  QPDFObjectHandle kind = annotation.getKey("/Subtype");
  return !kind.isNameAndEquals("/Link") && !kind.isNameAndEquals("/Popup");
}

}  // namespace

std::vector<Annotation> DrawnAnnotations(QPDFObjectHandle page) {
  std::vector<Annotation> drawn;
  QPDFObjectHandle annotations = page.getKey("/Annots");
  const int count = annotations.isArray() ? annotations.getArrayNItems() : 0;
  for (int i = 0; i < count; ++i) {
    QPDFObjectHandle annotation = annotations.getArrayItem(i);
    if (!annotation.isDictionary() || !IsDrawn(annotation)) continue;
    const auto box = ReadPageBox(annotation.getKey("/Rect"));
    QPDFObjectHandle kind = annotation.getKey("/Subtype");
    if (box) drawn.push_back({kind.isName() ? kind.getName().substr(1, 40) : "unknown", *box});
  }
  return drawn;
}

bool Overlap(const PageBox& a, const PageBox& b) {
  return a.left < b.right && b.left < a.right && a.bottom < b.top && b.bottom < a.top;
}

}  // namespace cityid
