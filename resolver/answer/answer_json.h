// An answer, a code's claims and the seals of a file as JSON: what every program gets, whether from
// a resolver, a device or a browser (docs/api.md).
#pragma once

#include <string>
#include <string_view>

#include "codec/seal/seal.h"
#include "resolver/answer/check.h"
#include "resolver/answer/json_text.h"
#include "resolver/answer/resolve.h"

namespace cityid {

/// Appends the members of an answer's object, all but `ledger`. An answer that is no success has
/// the members of a problem document (RFC 9457). `known`: `SubjectMembers(*answer.known)` if it was
/// written before; empty: it is written here.
void AppendAnswer(JsonText& json, const Answer& answer, std::string_view known = {});

/// Appends the member `ledger`.
void AppendLedger(JsonText& json, const LedgerMark& ledger);

/// Appends an object. The address is left out if it is not on the public internet: where it leads
/// depends on who follows it.
void AppendEndpoint(JsonText& json, const Endpoint& endpoint);

/// Returns the members that describe a subject, separated by commas, without braces.
std::string SubjectMembers(const Subject& subject);

/// Returns the whole object on one line, without a line feed. `known` as for `AppendAnswer`.
std::string AnswerJson(const Answer& answer, std::string_view known = {});

/// Returns the same, with the checkpoint that the answer was checked against.
std::string CheckedJson(const CheckedAnswer& checked);

/// Returns the claims of a code as an object, which says that they are not verified.
std::string ClaimsJson(const ScannedCode& scanned);

/// Writes a seal as members of the object that is open: `state`, and what is known beside it.
void PutSeal(JsonText& json, const FoundSeal& seal);

/// Returns all seals of a file as one object: `seals`, `more` and `intact`, which says nothing
/// unless the code of every seal is valid.
std::string SealsJson(const FoundSeals& found);

}  // namespace cityid
