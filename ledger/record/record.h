// Records, the entries of the ledger (docs/ledger-format.md 2 and 3): what each type says. How they
// are signed is in signed_record.h, what they change in state/apply.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/record/content.h"
#include "ledger/tlog/map.h"

namespace cityid {

/// SHA-256 of an entry. The hash of the genesis entry names the log.
using RecordHash = FixedBytes<struct RecordHashTag, 32>;

RecordHash HashRecord(ByteView entry);

enum class RecordType : std::uint8_t {
  kGenesis = 1,
  kPolicy = 2,
  kDelegate = 3,
  kAssign = 4,
  kUpdate = 5,
  kRecover = 6,
  kSuspend = 7,
  kResume = 8,
  kSupersede = 9,
  kRevoke = 10,
  kRevokeCodes = 11,
  kStateRoot = 12,
  kAliases = 13,
};
/// Returns "genesis", "revoke-codes" ...; an empty name for any other value.
std::string_view Name(RecordType type);

/// The first entry of a log.
struct Genesis {
  static constexpr RecordType kType = RecordType::kGenesis;
  static constexpr std::string_view kName = "genesis";
  std::string origin;  ///< of the checkpoints (C2SP tlog-checkpoint), "id.example.cn/ledger"
  Policy policy;       ///< version 1

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "origin", s.origin);
    f(2, "policy", s.policy);
  }
  friend bool operator==(const Genesis&, const Genesis&) = default;
};

/// The next policy. Extends the chain of policies.
struct PolicyChange {
  static constexpr RecordType kType = RecordType::kPolicy;
  static constexpr std::string_view kName = "policy";
  Policy policy;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "policy", s.policy);
  }
  friend bool operator==(const PolicyChange&, const PolicyChange&) = default;
};

/// Gives the subject, a prefix, to a registrar, or changes the registrar's keys. Without keys it
/// withdraws the delegation. Extends the prefix's chain of delegations.
struct Delegate {
  static constexpr RecordType kType = RecordType::kDelegate;
  static constexpr std::string_view kName = "delegate";
  Registrar registrar;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "registrar", s.registrar);
  }
  friend bool operator==(const Delegate&, const Delegate&) = default;
};

/// Assigns a new identifier. This is the first record of both its chains.
struct Assign {
  static constexpr RecordType kType = RecordType::kAssign;
  static constexpr std::string_view kName = "assign";
  Holding holding;
  TextMap aliases;  ///< by scheme

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "holding", s.holding);
    f(2, "aliases", s.aliases);
  }
  friend bool operator==(const Assign&, const Assign&) = default;
};

/// Replaces the holder's content as a whole. Extends the holder's chain.
struct Update {
  static constexpr RecordType kType = RecordType::kUpdate;
  static constexpr std::string_view kName = "update";
  Holding holding;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "holding", s.holding);
  }
  friend bool operator==(const Update&, const Update&) = default;
};

/// Replaces all keys after a loss or theft. No old key stays active.
struct Recover {
  static constexpr RecordType kType = RecordType::kRecover;
  static constexpr std::string_view kName = "recover";
  std::vector<KeyGrant> keys;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "keys", s.keys);
  }
  friend bool operator==(const Recover&, const Recover&) = default;
};

/// The body of a record that says everything by its type, but perhaps a reason for people.
struct ReasonBody {
  std::optional<std::string> reason;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "reason", s.reason);
  }
  friend bool operator==(const ReasonBody&, const ReasonBody&) = default;
};

/// Suspends the subject.
struct Suspend : ReasonBody {
  static constexpr RecordType kType = RecordType::kSuspend;
  static constexpr std::string_view kName = "suspend";
};

/// Ends a suspension.
struct Resume : ReasonBody {
  static constexpr RecordType kType = RecordType::kResume;
  static constexpr std::string_view kName = "resume";
};

/// Withdraws the subject for ever.
struct Revoke : ReasonBody {
  static constexpr RecordType kType = RecordType::kRevoke;
  static constexpr std::string_view kName = "revoke";
};

/// Replaces the subject by another identifier.
struct Supersede {
  static constexpr RecordType kType = RecordType::kSupersede;
  static constexpr std::string_view kName = "supersede";
  std::string successor;  ///< an identifier; `Apply` checks its grammar
  std::optional<std::string> reason;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "successor", s.successor);
    f(2, "reason", s.reason);
  }
  friend bool operator==(const Supersede&, const Supersede&) = default;
};

/// Serials `first` to `last`, both included.
struct SerialRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "first", s.first);
    f(2, "last", s.last);
  }
  friend bool operator==(const SerialRange&, const SerialRange&) = default;
};

/// Revokes codes of one key of the subject: ranges of serials, or all codes before a time or below
/// a serial. Revocations are never taken back, so this record is in no chain.
struct RevokeCodes {
  static constexpr RecordType kType = RecordType::kRevokeCodes;
  static constexpr std::string_view kName = "revoke-codes";
  PublicKey key;
  std::vector<SerialRange> serials;  ///< ascending; at most 65,536 serials and 1,024 ranges
  std::optional<std::uint64_t> issued_before;  ///< seconds since 1970
  std::optional<std::uint32_t> serial_below;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "key", s.key);
    f(2, "serials", s.serials);
    f(3, "issued_before", s.issued_before);
    f(4, "serial_below", s.serial_below);
  }
  friend bool operator==(const RevokeCodes&, const RevokeCodes&) = default;
};

/// Replaces the subject's aliases as a whole.
struct Aliases {
  static constexpr RecordType kType = RecordType::kAliases;
  static constexpr std::string_view kName = "aliases";
  TextMap aliases;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "aliases", s.aliases);
  }
  friend bool operator==(const Aliases&, const Aliases&) = default;
};

/// Ends each batch and says what the state is. Nobody signs it; checkpoints cover it.
struct StateRoot {
  static constexpr RecordType kType = RecordType::kStateRoot;
  static constexpr std::string_view kName = "state-root";
  MapHash root;            ///< of the state map after all entries before this one
  std::uint64_t size = 0;  ///< number of those entries, which is this entry's index
  std::uint64_t time = 0;  ///< of the rules from here on; seconds since 1970, never goes back

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "root", s.root);
    f(2, "size", s.size);
    f(3, "time", s.time);
  }
  friend bool operator==(const StateRoot&, const StateRoot&) = default;
};

/// The body of a record of any type. To add a type, write its struct with its trait row (`kType`
/// and `kName`) and list it here. The compiler then asks for its rule (state/identifier_rules.cpp
/// or policy_rules.cpp), for its row of statuses (state/rules.h) and for its row of parties
/// (state/authority.cpp). Its command is in cli/records/. Programs without it keep such records as
/// unknown bytes and come to another state, so it also needs a new version of the rules.
using RecordBody = std::variant<Genesis, PolicyChange, Delegate, Assign, Update, Recover, Suspend,
                                Resume, Supersede, Revoke, RevokeCodes, StateRoot, Aliases>;

/// A record: the payload that is signed.
struct Record {
  std::optional<RecordHash> log;           ///< its log; absent only in genesis
  std::optional<std::string> subject;      ///< an identifier or prefix, if the type has a subject
  std::optional<RecordHash> previous;      ///< head of the chain that this record extends
  std::optional<RecordHash> authority;     ///< in holder's records: head of the authority's chain
  std::optional<std::uint64_t> not_after;  ///< refused if sequenced later; seconds since 1970
  RecordBody body;

  RecordType type() const;
  friend bool operator==(const Record&, const Record&) = default;
};

/// Writes the payload of a record, the bytes that are signed.
Bytes WritePayload(const Record& record);

/// Parses a payload: known fields, deterministic encoding. Errors: kMalformed, kUnsupported.
Result<Record> ParsePayload(ByteView payload);

}  // namespace cityid
