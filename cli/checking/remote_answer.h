// What a resolver elsewhere says of a code. Nothing of it is checked against the ledger.
#pragma once

#include <optional>
#include <string>

#include "codec/city_code.h"
#include "codec/result.h"
#include "resolver/answer/verdict.h"

namespace cityid::cli {

/// An answer as JSON (an object without its line's end) and as text for a terminal.
struct RenderedAnswer {
  Verdict verdict = Verdict::kMalformed;
  std::string json;
  std::string text;
};

/// Asks a resolver for a code. The resolver sees identifier and token only, so the host in the code
/// is judged here, by the policy that the resolver names. Errors: kNetwork, also for an answer that
/// is none; those of `Fetch`.
Result<RenderedAnswer> AskResolver(const std::string& resolver, const ScannedCode& scanned);

/// Returns an answer that was decided without asking anybody.
RenderedAnswer LocalAnswer(Verdict verdict, const std::string& detail,
                           const std::optional<CityId>& subject = {});

}  // namespace cityid::cli
