#include "resolver/represent.h"

#include <array>

namespace cityid {

std::span<const Representation> RepresentationTable() {
  static constexpr std::array<Representation, 3> kTable = {{
      {"application/json", "application/json", "application/problem+json", false, RenderJson},
      {"application/problem+json", "application/json", "application/problem+json", false,
       RenderJson},
      {"text/html", "text/html; charset=utf-8", "text/html; charset=utf-8", true, RenderHtml},
  }};
  return kTable;
}

}  // namespace cityid
