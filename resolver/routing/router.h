// The way from a request to its response: match, negotiate, handle, and say what went wrong.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "resolver/routing/route.h"

namespace cityid {

/// A route table with what it says where no row matches. Immutable, thread-safe.
class Router {
 public:
  /// `table` and `nothing_here` (the detail of a 404) outlive this. Rows of one pattern stand
  /// together; of patterns that match the same path, the first counts.
  constexpr Router(std::span<const Route> table, std::string_view nothing_here)
      : table_(table), nothing_here_(nothing_here) {}

  /// Finds the row of a request and negotiates what it gives.
  Call Match(const Service& service, const Request& request) const;

  /// Runs the handler of a call. Answers HEAD, OPTIONS, 404 and 405 itself, and writes failures as
  /// problem documents. A handler that shows something negotiated returns the 406.
  Handled Run(const Call& call) const;

  /// Does both.
  Handled Handle(const Service& service, const Request& request) const {
    return Run(Match(service, request));
  }

  /// Returns the terms on which a request's body is taken, by its head; nothing if no row has its
  /// path and method.
  std::optional<BodyTerms> TermsOf(const Service& service, const Request& head) const;

  std::span<const Route> table() const { return table_; }

 private:
  Call Find(const Service& service, const Request& request) const;
  HandlerResult CallHandler(const Call& call) const;

  std::span<const Route> table_;
  std::string_view nothing_here_;
};

/// Undoes the percent-encoding of characters that need none (RFC 3986, 6.2.2.2) in the identifier
/// with which a target begins: "/MA%2E156%2E1301/proof". Returns nothing if there is nothing to
/// undo or no identifier, so that no other path has a second spelling.
std::optional<std::string> WithPlainIdentifier(std::string_view target);

}  // namespace cityid
