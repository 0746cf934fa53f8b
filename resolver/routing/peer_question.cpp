#include "resolver/routing/peer_question.h"

#include <algorithm>

#include "codec/address.h"
#include "resolver/message/form.h"
#include "resolver/routing/prefix.h"

namespace cityid {
namespace {

Result<PeerFilter> ReadFilter(std::string_view query) {
  PeerFilter filter;
  const auto rel = FormField(query, "rel", 64);
  if (!rel) return rel.error();
  filter.rel = *rel;
  if (filter.rel && !IsRelation(*filter.rel))
    return Error{Errc::kMalformed, "rel must be a relation, such as service-doc or _broker"};
  const auto conforms_to = FormField(query, "conformsTo");
  if (!conforms_to) return conforms_to.error();
  filter.conforms_to = *conforms_to;
  if (!filter.rel && !filter.conforms_to)
    return Error{Errc::kMalformed, "say which endpoints: rel=, conformsTo= or both"};
  return filter;
}

}  // namespace

bool PeerFilter::Fits(const Endpoint& endpoint) const {
  return (!rel || endpoint.rel == *rel) &&
         (!conforms_to ||
          std::ranges::find(endpoint.conforms_to, *conforms_to) != endpoint.conforms_to.end()) &&
         IsPublicAddress(endpoint.href);
}

bool PeerQuestion::Covers(const CityId& id) const {
  const Prefix self(id);
  if (scope == "siblings") return self.Parent() == within;
  const bool related = scope == "above" ? self.Covers(about) : within.Covers(self);
  return related && self != about;
}

Result<PeerQuestion> ReadPeerQuestion(std::string_view query, const Prefix& about) {
  auto filter = ReadFilter(query);
  if (!filter) return filter.error();
  const auto limit = PageLimit(query);
  if (!limit) return limit.error();
  const auto given = FormField(query, "scope");
  if (!given) return given.error();
  const bool is_id = CityId::Parse(about.text()).ok();
  std::string scope = given->value_or(is_id ? "siblings" : "below");
  if (scope != "siblings" && scope != "below" && scope != "above")
    return Error{Errc::kMalformed, "scope must be siblings, below or above"};
  if (!is_id && scope != "below")
    return Error{Errc::kMalformed, "a prefix has only what is below it"};
  Prefix within = scope == "siblings" ? *about.Parent() : about;
  // A page of what is above begins anywhere above.
  Prefix range = within;
  while (const auto parent = scope == "above" ? range.Parent() : std::nullopt) range = *parent;
  auto after = PageAfter(query, range);
  if (!after) return after.error();
  if (scope == "above" && *after && !Prefix(**after).Covers(about))
    return Error{Errc::kMalformed, "after must be what a page before gave as next"};
  return PeerQuestion{
      about, *std::move(filter), *limit, std::move(scope), std::move(within), *std::move(after)};
}

}  // namespace cityid
