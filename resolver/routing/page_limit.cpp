#include "resolver/routing/page_limit.h"

#include "codec/text.h"
#include "resolver/message/form.h"

namespace cityid {

Result<std::size_t> PageLimit(std::string_view query, std::size_t usual) {
  const auto text = FormField(query, "limit");
  if (!text) return text.error();
  if (!*text) return usual;
  const auto number = ParseDecimal(**text);
  if (!number || *number < 1 || *number > kMaxPage)
    return Error{Errc::kMalformed, "limit must be 1 to " + std::to_string(kMaxPage)};
  return static_cast<std::size_t>(*number);
}

}  // namespace cityid
