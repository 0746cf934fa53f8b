// What the seals of a file say of it, in words.
#pragma once

#include <string>

#include "codec/seal/seal.h"

namespace cityid::cli {

/// Returns the state of a file by one of its seals, a line without its end: "added to: 1234 bytes
/// follow ...". `sealed_again`: what follows is known to be of whoever made the seal.
std::string SealStateText(const FoundSeal& seal, bool sealed_again);

/// Returns the same in short for a file with seals, for those who were asked about something else:
/// the worst of its seals. Codes are not looked at.
std::string SealedFileText(const FoundSeals& found);

}  // namespace cityid::cli
