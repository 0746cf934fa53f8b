// What a request for peers asks: which endpoints, and of whom.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/content.h"

namespace cityid {

/// Which endpoints a request asks for.
struct PeerFilter {
  std::optional<std::string> rel, conforms_to;
  bool Fits(const Endpoint& endpoint) const;
};

/// What a request for peers says.
struct PeerQuestion {
  Prefix about;
  PeerFilter filter;
  std::size_t limit;
  std::string scope;  ///< "siblings", "below" or "above"
  Prefix within;      ///< where to look, unless `scope` is "above"
  std::optional<CityId> after;

  /// Returns true if an identifier is one of those that are asked for.
  bool Covers(const CityId& id) const;
};

/// Reads the query of a request for the peers of `about`. Errors: kMalformed, kTooLarge.
Result<PeerQuestion> ReadPeerQuestion(std::string_view query, const Prefix& about);

}  // namespace cityid
