// The subcommands of `cityid`: what each takes, and the one function that runs it.
//
// Each returns the exit status: 0 done and valid, 1 the answer is no. An error becomes 2 (bad
// usage) or 3 (could not do it) in main.cpp. Data goes to standard output, words to standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/serving/config.h"
#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/store/replica.h"

namespace cityid::cli {

// Exit statuses beside 0.
inline constexpr int kNo = 1;  ///< the answer is no
inline constexpr int kUsage = 2;
inline constexpr int kCouldNot = 3;  ///< files, network, passphrase

/// What an error means for the exit status.
inline int ExitStatus(Errc code) {
  switch (code) {
    case Errc::kUsage:
      return kUsage;
    case Errc::kMalformed:
    case Errc::kUnsupported:
    case Errc::kForged:
    case Errc::kRefused:
      return kNo;
    default:
      return kCouldNot;
  }
}

/// How a secret key's passphrase is given.
struct PassphraseOptions {
  bool none = false;  ///< --no-passphrase: a new key is not encrypted
  std::string file;   ///< --passphrase-file: its first line; else the terminal is asked
};

struct KeyNewOptions {
  std::string file;
  PassphraseOptions passphrase;
};
Result<int> KeyNew(const KeyNewOptions& options);

struct KeyShowOptions {
  std::string file;
  bool json = false;
};
Result<int> KeyShow(const KeyShowOptions& options);

struct KeySerialOptions {
  std::string file;
  std::optional<std::uint32_t> next;     ///< set the counter
  std::optional<std::uint32_t> reserve;  ///< take so many for another machine
};
Result<int> KeySerial(const KeySerialOptions& options);

struct CodeNewOptions {
  std::string id, key, host, output;
  std::string purpose = "city";
  std::uint16_t days = 0;
  std::string level = "M";
  int scale = 8;
  PassphraseOptions passphrase;
  std::string document_type, document_number, document_date, document_file;
};
Result<int> CodeNew(const CodeNewOptions& options, std::chrono::sys_seconds now);

struct CodeInspectOptions {
  std::string input;
  bool raw = false;
  bool json = false;
};
Result<int> CodeInspect(const CodeInspectOptions& options);

struct ScanOptions {
  std::vector<std::string> files;
  std::string ledger, resolver;
  std::string trust;                ///< check what the resolver, or the proofs, say
  std::vector<std::string> proofs;  ///< proof documents of the codes, instead of a resolver
  std::string state;                ///< file with the newest head that was seen
  bool json = false;
};
Result<int> Scan(const ScanOptions& options, std::chrono::sys_seconds now);

struct ProveOptions {
  std::string about;  ///< an identifier, "ID/digits", or a code's URL
  std::string ledger, resolver, output;
  std::string state;  ///< prove consistency with the head in this file
};
Result<int> RunProve(const ProveOptions& options, std::chrono::sys_seconds now);

struct CheckOptions {
  std::string file, trust, state;
  std::string about;       ///< what the proof must be about; anything if empty
  unsigned max_age = 168;  ///< hours since the quorum cosigned
  bool json = false;
};
Result<int> RunCheck(const CheckOptions& options, std::chrono::sys_seconds now);

struct TrustNewOptions {
  std::string ledger, output;
};
Result<int> TrustNew(const TrustNewOptions& options);

struct TrustUpdateOptions {
  std::string trust, from, output;
  unsigned max_age = 365;  ///< days since it was last confirmed
};
Result<int> TrustUpdate(const TrustUpdateOptions& options, std::chrono::sys_seconds now);

struct FollowOptions {
  std::string ledger;
  std::vector<std::string> from;  ///< mirrors: URLs, or directories of exported files
  std::string trust;              ///< trust file, for a replica that is empty
  unsigned interval = 1000;       ///< milliseconds between polls
  bool once = false;              ///< stop when there is nothing newer
};
Result<int> Follow(const FollowOptions& options);

struct WitnessOptions {
  std::string config;
};
Result<int> RunWitness(const WitnessOptions& options);

struct LedgerEvidenceOptions {
  std::string ledger;
  bool json = false;
};
Result<int> LedgerEvidence(const LedgerEvidenceOptions& options);

/// What makes heads public on this machine.
struct PublishOptions {
  std::vector<std::string> log_keys;      ///< key files
  std::vector<std::string> witness_keys;  ///< key files of witnesses that are here, too
  std::vector<std::string> witnesses;     ///< addresses of those that are elsewhere
  PassphraseOptions passphrase;
};

/// What `cityid serve` can be told, as flags or in a file (docs/operations.md). Times in seconds.
struct ServeOptions {
  std::string config;              ///< file; flags count more
  std::set<std::string> as_flags;  ///< names of what was given as a flag
  std::string ledger;
  std::vector<std::string> listen;  ///< "127.0.0.1:8080" if there is no address at all
  std::vector<std::string> listen_tls, listen_redirect;
  std::string tls_certificate, tls_key;
  std::vector<std::string> names, proxies;
  std::string metrics;  ///< address of the operator's listener; empty: none
  unsigned threads = 0;
  bool registry = false;  ///< take applications and sequence records
  std::string snapshots;  ///< directory with a snapshot file for each size, handed out
  unsigned soft_age = 3600, hard_age = 7 * 24 * 3600;
  unsigned keep = 60;   ///< the longest that answers may be kept by caches
  unsigned cache = 64;  ///< MiB a loop
  unsigned head_time = 10, body_time = 30, idle_time = 30, write_time = 30, drain_time = 10;
  unsigned connections = 20'000, client_connections = 1024;
  unsigned client_requests = 500, client_burst = 1000;
  unsigned held = 64;  ///< MiB
  bool limit_loopback = false;
  std::string log_format = "text";
  bool log_requests = false, log_addresses = false;
  PublishOptions publish;
  FollowOptions follow;  ///< `from` may be empty: then it serves what is there
};
/// One thing it can be told: the name is the flag's and the file's.
struct ServeSetting {
  const char* name;
  ConfigTarget target;
  const char* help;
};
/// Everything but `config`, with targets in `options`.
std::vector<ServeSetting> ServeSettings(ServeOptions& options);
Result<int> Serve(const ServeOptions& options);

/// Where a record's state comes from, who signs it, and where it goes.
struct RecordTarget {
  std::string ledger;             ///< a ledger directory: state, and submission without --output
  std::string registry;           ///< a registry's address: the same
  std::string output;             ///< a file instead of submitting
  std::vector<std::string> keys;  ///< key files that sign; the role of each is found out
  PassphraseOptions passphrase;
  unsigned days = 30;  ///< how long it may wait for signatures
  bool json = false;
};

struct ApplyOptions {
  RecordTarget target;
  std::string id, content, record_key, code_key;
  std::vector<std::string> purposes = {"city", "unit", "device", "document"};
  std::uint8_t depth = 1;
  std::vector<std::string> aliases;  ///< "scheme=value"
};
Result<int> RunApply(const ApplyOptions& options, std::chrono::sys_seconds now);

struct ApproveOptions {
  RecordTarget target;
  std::string draft;               ///< a file, or the id of an application at the registry
  std::string role = "institute";  ///< only used where there is no state to find it out
};
Result<int> RunApprove(const ApproveOptions& options, std::chrono::sys_seconds now);

struct SubmitOptions {
  RecordTarget target;
  std::string file;
};
Result<int> RunSubmit(const SubmitOptions& options, std::chrono::sys_seconds now);

Result<int> RunApplications(const RecordTarget& target);

struct UpdateOptions {
  RecordTarget target;
  std::string id, content, add_record_key, add_code_key;
  std::vector<std::string> purposes = {"city", "unit", "device", "document"};
  std::uint8_t depth = 1;
  std::vector<std::string> retire, compromised;  ///< public keys in hexadecimal, or key files
};
Result<int> RunUpdate(const UpdateOptions& options, std::chrono::sys_seconds now);

struct RecoverOptions {
  RecordTarget target;
  std::string id, record_key, code_key;
  std::vector<std::string> purposes = {"city", "unit", "device", "document"};
  std::uint8_t depth = 1;
  bool lost = false;  ///< the old keys were lost, not stolen: codes signed so far go on holding
};
Result<int> RunRecover(const RecoverOptions& options, std::chrono::sys_seconds now);

/// suspend, resume, supersede, revoke, aliases: one identifier and little else.
struct StatusOptions {
  RecordTarget target;
  std::string what;  ///< the subcommand
  std::string id, reason, successor;
  std::vector<std::string> aliases;
  bool as_holder = false;  ///< suspend: by the identifier itself
};
Result<int> RunChangeStatus(const StatusOptions& options, std::chrono::sys_seconds now);

struct RevokeCodesOptions {
  RecordTarget target;
  std::string id, code_key;
  std::string serials;        ///< "1,5-9"
  std::string issued_before;  ///< a date
  std::optional<std::uint32_t> serial_below;
};
Result<int> RunRevokeCodes(const RevokeCodesOptions& options, std::chrono::sys_seconds now);

struct DelegateOptions {
  RecordTarget target;
  std::string prefix, title;
  std::vector<std::string> registrar_keys;  ///< key files (they sign), or keys in hexadecimal
  std::uint8_t threshold = 1;
  bool withdraw = false;
};
Result<int> RunDelegate(const DelegateOptions& options, std::chrono::sys_seconds now);

struct PolicyOptions {
  RecordTarget target;
  std::string file;  ///< JSON; absent: print the policy in force
};
Result<int> RunPolicy(const PolicyOptions& options, std::chrono::sys_seconds now);

struct LedgerInitOptions {
  std::string ledger, policy, origin, output, genesis;
  std::vector<std::string> keys;
  PassphraseOptions passphrase;
};
Result<int> LedgerInit(const LedgerInitOptions& options, std::chrono::sys_seconds now);

struct LedgerLogOptions {
  std::string ledger;
  std::string id;  ///< only records about this identifier or prefix and below it
  bool json = false;
};
Result<int> LedgerLog(const LedgerLogOptions& options);

/// Prints the records at and below `wanted`, or all.
Result<int> PrintLog(const Replica& replica, const std::optional<Prefix>& wanted, bool json);

struct LedgerExportOptions {
  std::string ledger, output;
};
Result<int> LedgerExport(const LedgerExportOptions& options);

struct LedgerSnapshotOptions {
  std::string ledger, output;
};
Result<int> LedgerSnapshot(const LedgerSnapshotOptions& options);

struct LedgerRestoreOptions {
  std::string file, ledger, trust;
};
Result<int> LedgerRestore(const LedgerRestoreOptions& options, std::chrono::sys_seconds now);

struct LedgerVerifyOptions {
  std::string ledger;
};
Result<int> LedgerVerify(const LedgerVerifyOptions& options);

struct LedgerStatusOptions {
  std::string ledger;
  bool json = false;
};
Result<int> LedgerStatus(const LedgerStatusOptions& options, std::chrono::sys_seconds now);

struct DemoOptions {
  std::string dir;
  std::string listen = "127.0.0.1:8080";
  std::string host = "id.example.cn";
  bool once = false;
  std::string program;  ///< argv[0], for the lines to paste
};
Result<int> Demo(const DemoOptions& options);

}  // namespace cityid::cli
