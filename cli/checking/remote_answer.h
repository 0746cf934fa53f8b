// What a resolver elsewhere, or a ledger on this machine, says of a code or an identifier. Nothing
// that a resolver says is checked.
#pragma once

#include <string>
#include <vector>

#include "cli/checking/resolver.h"
#include "codec/city_code.h"
#include "codec/result.h"
#include "resolver/answer/check.h"

namespace cityid::cli {

/// An answer as JSON: an object without its line's end.
struct RenderedAnswer {
  Verdict verdict = Verdict::kMalformed;
  std::string json;
  bool unchecked = false;  ///< somebody else says so, and nothing was checked

  static RenderedAnswer Of(const CheckedAnswer& checked);
};

/// Prints an answer, as JSON or for people. Returns the exit status that goes with it.
int PrintAnswer(const RenderedAnswer& answer, bool json);

/// What somebody wants to know.
struct Asked {
  std::string target;  ///< "/MA.156.1301", "/MA.156.1301/digits", "/alias/gln/9521141123454"
  Query query;         ///< that a proof has to answer; without a subject for an alias
};

/// Returns the question whether a code is valid.
Asked AboutScanned(const ScannedCode& scanned);

/// Asks a resolver. It sees the target only, so the host of a code or an address is judged here, by
/// the policy that the resolver names. Errors: those of `Resolver::Get` and `Resolver::Refusal`;
/// kNetwork for an answer that is none.
Result<RenderedAnswer> Ask(const Resolver& resolver, const Asked& asked);

/// Returns the hosts of the policy that a resolver names. Errors: those of `Resolver::Get`;
/// kNetwork if it names none.
Result<std::vector<std::string>> HostsOf(const Resolver& resolver);

/// Returns the answer for what is no code and no identifier. `error`: that of parsing it.
RenderedAnswer NoCode(const Error& error);

}  // namespace cityid::cli
