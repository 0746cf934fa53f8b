// Proofs on the command line: what prove, pack, check and scan share.
#pragma once

#include <optional>
#include <string>

#include "codec/result.h"
#include "resolver/answer/check.h"

namespace cityid::cli {

/// Fetches from a resolver the proof of an identifier or code, or the pack that is about `about`.
/// `kept`: a head that the document must continue. Errors: kNetwork, kTooLarge, kUsage; kForged if a
/// pack came that was not asked for.
Result<Bytes> FetchProof(const std::string& resolver, const std::string& about,
                         const std::optional<KeptHead>& kept);

}  // namespace cityid::cli
