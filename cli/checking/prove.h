// Proofs on the command line: what prove, pack, check and scan share.
#pragma once

#include <optional>
#include <string>

#include "codec/city_code.h"
#include "codec/result.h"
#include "resolver/answer/check.h"

namespace cityid::cli {

/// Returns "ID/digits", the path of a code below its host. A proof of the code is about it.
std::string AboutCode(const ClaimedCode& code);

/// Fetches from a resolver the proof of an identifier or code, or the pack that is about `about`.
/// `kept`: a head that the document must continue. Errors: kNetwork, kTooLarge, kUsage.
Result<Bytes> FetchProof(const std::string& resolver, const std::string& about,
                         const std::optional<KeptHead>& kept);

/// Returns the answer as `AnswerJson` does, with the checkpoint that it was checked against.
std::string CheckedJson(const CheckedAnswer& checked);

}  // namespace cityid::cli
