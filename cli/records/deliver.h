// Signing a record and handing it on: to a file, a registry or a ledger.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/records/record_target.h"
#include "cli/records/state_source.h"
#include "codec/ed25519.h"
#include "ledger/record/signed_record.h"
#include "ledger/state/authority.h"

namespace cityid::cli {

/// Opens key files, in order; skips empty names. Asks for passphrases.
Result<std::vector<SecretKey>> OpenKeys(const std::vector<std::string>& files,
                                        const PassphraseOptions& passphrase);

/// Returns a public key that is given in hexadecimal or as a key file.
Result<PublicKey> KeyNamed(const std::string& hex_or_file);

/// Returns "2 of institutes, 1 new keys (8d3b07a1c2e4f506)".
std::string MissingText(const Missing& missing);

/// Returns what the rules still ask for in `state`. Errors: those of the rules.
Result<Missing> MissingOf(const State& state, ByteView draft, std::chrono::sys_seconds now);

/// Signs `draft` with `keys`, each in the role that the rules give it in `state`. If the target is
/// a file, prints what is still missing and the command that comes next. Errors: those of the
/// rules; kUsage for a key that has no say.
Result<Bytes> SignDraft(const State& state, Draft draft, const std::vector<SecretKey>& keys,
                        const RecordTarget& target, std::chrono::sys_seconds now);

/// Writes a signed entry to the target's file, or submits it, and prints what became of it.
Result<int> Send(ByteView entry, const RecordTarget& target, std::chrono::sys_seconds now);

/// Completes `record` with log and not-after, signs it with `keys` and those of the target, and
/// sends it. Errors: those of `SignDraft` and `Send`.
Result<int> Deliver(StateSource source, Record record, const RecordTarget& target,
                    std::vector<SecretKey> keys, std::chrono::sys_seconds now);

}  // namespace cityid::cli
