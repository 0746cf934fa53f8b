// Lists that a resolver gives, in pages: collected up to a bound, checked item by item, printed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/checking/resolver.h"
#include "cli/console/remote_json.h"
#include "codec/result.h"
#include "resolver/show/document.h"

namespace cityid::cli {

/// What was found.
struct Found {
  ListKind kind;
  RemoteJson about;               ///< as the resolver understood it
  std::vector<RemoteJson> items;  ///< each has an identifier; one per endpoint in a list of peers
  RemoteJson next, ledger;        ///< of the last page
  bool checked = false;           ///< true if the items were checked
};

/// Gets the pages of a list until it has at least `limit` items, if there are so many. Errors:
/// those of `Resolver::Get` and `Resolver::Refusal`; kNetwork for what is no page.
Result<Found> Collect(const Resolver& resolver, ListKind kind, const std::string& target,
                      std::size_t limit);

/// Which identifiers may be in a list, and which of their endpoints.
struct Expected {
  std::function<bool(const CityId&)> id;
  std::function<bool(const Endpoint&)> endpoint;
};

/// Replaces items by what the proofs of their identifiers say. Leaves out, with a line on standard
/// error, those that no proof bears out. Errors: those of fetching and checking.
Result<void> CheckItems(Found& found, const Resolver& resolver, Checker& checker,
                        const Expected& expected);

/// The options of commands that list.
struct ListOptions {
  ResolverOptions asked;
  unsigned limit = 20;

  void Declare(Command& command);
  /// Gets a list, checks it if it can be, prints it, and returns the exit status. `target` has a
  /// query. Errors: kUsage; those of the functions above.
  Result<int> List(ListKind kind, const std::string& target, const Expected& expected) const;
};

}  // namespace cityid::cli
