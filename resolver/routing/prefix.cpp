#include "resolver/routing/prefix.h"

#include "codec/text.h"
#include "resolver/message/form.h"

namespace cityid {

std::optional<Prefix> ReadPrefix(std::string_view text) {
  if (const auto id = CityId::ParseTyped(text)) return Prefix(*id);
  auto prefix = Prefix::Parse(text);
  if (!prefix) return std::nullopt;
  return *std::move(prefix);
}

Failure NoPrefix() {
  return Failure{400, "an identifier looks like MA.156.1301, a prefix like MA.156"};
}

std::optional<HandlerResult> CheckKnown(const LedgerView& view, const Prefix& prefix) {
  const auto id = CityId::Parse(prefix.text());
  if (!id) return std::nullopt;
  const auto found = FindIdentifier(view, *id);
  if (!found) return found.error();
  if (*found) return std::nullopt;
  return Failure{404, id->text() + " is not registered", Name(Verdict::kUnknownId)};
}

Result<std::optional<CityId>> PageAfter(std::string_view query, const Prefix& within) {
  const auto text = FormField(query, "after");
  if (!text) return text.error();
  if (!*text) return std::optional<CityId>();
  auto id = CityId::Parse(**text);
  if (!id || !within.Covers(*id) || id->text() == within.text())
    return Error{Errc::kMalformed, "after must be what the page before gave as next"};
  return std::optional(*std::move(id));
}

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
