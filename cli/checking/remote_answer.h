// What a ledger on this machine, or a resolver elsewhere, says of a code. Nothing that a resolver
// says is checked.
#pragma once

#include <optional>
#include <string>

#include "codec/bytes.h"
#include "codec/city_code.h"
#include "codec/result.h"
#include "ledger/store/replica.h"
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

/// Returns the answer of a ledger on this machine to the content of a symbol. Errors: those of
/// reading.
Result<RenderedAnswer> AskLedger(const Replica& replica, ByteView content);
/// Opens the ledger first. Errors: those of opening, too.
Result<RenderedAnswer> AskLedger(const std::string& directory, ByteView content);

/// Returns the answer for what is no code. `error`: that of parsing it.
RenderedAnswer NoCode(const Error& error);

/// Returns an answer that was decided without asking anybody.
RenderedAnswer LocalAnswer(Verdict verdict, const std::string& detail,
                           const std::optional<CityId>& subject = {});

}  // namespace cityid::cli
