// From a record to its signatures and on to a file, a registry or a ledger.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/records/state_source.h"
#include "codec/ed25519.h"
#include "ledger/record/record.h"

namespace cityid::cli {

/// Key files, opened; asks for passphrases.
Result<std::vector<SecretKey>> OpenKeys(const std::vector<std::string>& files,
                                        const PassphraseOptions& passphrase);

/// A public key in hexadecimal, or that of a key file.
Result<PublicKey> KeyNamed(const std::string& hex_or_file);

/// Completes `record` (log, not-after), lets the rules judge it against the state, signs it with
/// `keys` and those of the target, each in the role that the rules give it, and writes or submits
/// it. Prints what became of it. Errors: kRefused with the rule; kUsage for a key that has no say.
Result<int> Deliver(StateSource source, Record record, const RecordTarget& target,
                    std::vector<SecretKey> keys, std::chrono::sys_seconds now);

/// Writes a signed entry to the target's file, or submits it. Prints what became of it.
Result<int> Send(ByteView entry, const RecordTarget& target, std::chrono::sys_seconds now);

/// Signs `draft` with `keys`, each in the role that the rules give it in `state`; says what is
/// still missing if the target is a file.
Result<Bytes> SignDraft(const State& state, Bytes draft, const std::vector<SecretKey>& keys,
                        const RecordTarget& target, std::chrono::sys_seconds now);

}  // namespace cityid::cli
