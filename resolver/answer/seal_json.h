// The seals of a file as JSON (docs/api.md), for the resolver, the command line and the checker.
#pragma once

#include <string>

#include "codec/seal/seal.h"
#include "resolver/answer/json_text.h"

namespace cityid {

/// Writes a seal as members of the object that is open: `state`, and what is known beside it.
void PutSeal(JsonText& json, const FoundSeal& seal);

/// Returns all of them as one object: `seals`, `more` and `intact`, which says nothing unless the
/// code of every seal is valid.
std::string SealsJson(const FoundSeals& found);

}  // namespace cityid
