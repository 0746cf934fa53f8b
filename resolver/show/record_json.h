// Records as JSON, by the names of their fields, and the parts of them that people write as JSON.
#pragma once

#include <string>
#include <string_view>

#include "codec/result.h"
#include "ledger/consortium/registry.h"
#include "ledger/record/record.h"

namespace cityid {

/// One line: type, subject and every field by its name; keys and hashes in hexadecimal,
/// enumerations by name, signers with their roles.
std::string RecordJson(const Record& record, const std::vector<Signer>& signers);

/// An application with what an officer needs to decide.
std::string ApplicationJson(const Application& application);

/// `{"metadata": ..., "endpoints": [...], "own_codes_only": ...}` with the names of
/// docs/ledger-format.md 3; keys are not taken from here. Errors: kMalformed, with the member.
Result<Holding> ParseHoldingJson(std::string_view text);

/// A policy as `ParsePolicyJson` reads it.
std::string PolicyJson(const Policy& policy);

/// A policy with every member. Errors: kMalformed, with the member.
Result<Policy> ParsePolicyJson(std::string_view text);

}  // namespace cityid
