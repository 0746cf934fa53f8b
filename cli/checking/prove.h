// Proofs on the command line, shared by prove, check and scan.
#pragma once

#include <optional>
#include <string>

#include "codec/city_code.h"
#include "codec/result.h"
#include "resolver/routes/prove.h"

namespace cityid::cli {

/// "ID/digits": the path of a code, by which its proof is asked for.
std::string AboutCode(const ClaimedCode& code);

/// The proof document of an identifier or code from a resolver; since the head kept, if any.
/// Errors: kNetwork, kTooLarge, kUsage.
Result<Bytes> FetchProof(const std::string& resolver, const std::string& about,
                         const std::optional<KeptHead>& kept);

/// The answer as `RenderJson` makes it, and the checkpoint it was checked against.
std::string CheckedJson(const CheckedAnswer& checked);

}  // namespace cityid::cli
