// What viewers draw over the content of a page.
#pragma once

#include <string>
#include <vector>

#include "codec/pdf/page_shape.h"

namespace cityid {

/// An annotation or form field.
struct Annotation {
  std::string kind;  ///< as FreeText
  PageBox box;
};

/// Returns the annotations of a page that viewers draw, whatever they look like now. Links aren't
/// drawn, but for their borders.
std::vector<Annotation> DrawnAnnotations(QPDFObjectHandle page);

/// Returns true if two parts of a page have something in common.
bool Overlap(const PageBox& a, const PageBox& b);

}  // namespace cityid
