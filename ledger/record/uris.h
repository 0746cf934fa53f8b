// The URIs of a record, listed once: the inbox judges them, and answers hand on those that pass.
#pragma once

#include <string>
#include <string_view>

#include "codec/address.h"
#include "ledger/record/record.h"

namespace cityid {

/// What a URI is for.
enum class UriKind {
  kAddress,  ///< people and programs follow it
  kName,     ///< it only names something
};

/// Returns true if a URI of this kind may be taken by an inbox and be handed on.
inline bool IsPublicUri(UriKind kind, std::string_view uri) {
  return kind == UriKind::kAddress ? IsPublicAddress(uri) : IsPublicName(uri);
}

/// Returns true if a licence is a URI, and no SPDX identifier or words.
inline bool IsLicenceUri(std::string_view licence) {
  const std::string_view scheme = licence.substr(0, licence.find(':'));
  return scheme.size() < licence.size() && scheme.find(' ') == std::string_view::npos;
}

/// Calls `visit(kind, where, uri)` for each of them. `where`: "website".
template <class Visit>
void ForEachUri(const Holding& holding, Visit visit) {
  if (holding.metadata.website) visit(UriKind::kAddress, "website", *holding.metadata.website);
  for (const Endpoint& endpoint : holding.endpoints) {
    visit(UriKind::kAddress, "address of an endpoint", endpoint.href);
    for (const std::string& uri : endpoint.conforms_to)
      visit(UriKind::kName, "specification of an endpoint", uri);
    if (endpoint.licence && IsLicenceUri(*endpoint.licence))
      visit(UriKind::kName, "licence of an endpoint", *endpoint.licence);
  }
}

/// The same for every URI of a record.
template <class Visit>
void ForEachUri(const Record& record, Visit visit) {
  std::visit(
      [&](const auto& body) {
        if constexpr (requires { body.holding; }) ForEachUri(body.holding, visit);
      },
      record.body);
}

}  // namespace cityid
