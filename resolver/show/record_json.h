// Records, applications and policies as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/consortium/registry.h"
#include "ledger/record/record.h"

namespace cityid {

/// Returns the name of a field in JSON. It is the field's own (docs/ledger-format.md 3), except
/// where answers have another name for the same thing.
std::string_view JsonName(std::string_view field);

/// Returns a record on one line: type, subject and every field by its name; keys and hashes in
/// hexadecimal, enumerations by name, signers with their roles.
std::string RecordJson(const Record& record, const std::vector<Signer>& signers);

/// Returns an application on one line, with what an officer needs to decide.
std::string ApplicationJson(const Application& application);

/// Returns what a record still lacks: who must sign, how many of them, and which new keys.
std::string MissingJson(const Missing& missing);

/// Returns a policy on one line, with every member.
std::string PolicyJson(const Policy& policy);

}  // namespace cityid
