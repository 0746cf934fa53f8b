// What viewers draw over the content of a page.
#pragma once

#include <string>

#include "codec/pdf/page_shape.h"

namespace cityid {

/// Returns the kind of an annotation that is drawn over a part of the page, as /FreeText; empty if
/// there is none. Links aren't drawn, but for their borders.
std::string AnnotationOver(QPDFObjectHandle page, const PageBox& part);

}  // namespace cityid
