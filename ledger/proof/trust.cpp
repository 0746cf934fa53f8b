#include "ledger/proof/trust.h"

#include <algorithm>
#include <iterator>

#include "codec/text.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kMaxText = 64 * 1024;
constexpr std::size_t kMaxLogs = 32;
constexpr std::size_t kMaxWitnesses = 64;
constexpr std::size_t kMaxGroups = 32;

Error Malformed(const std::string& what) { return Error{Errc::kMalformed, what}; }

Error NoQuorum() {
  return Error{Errc::kRefused, "note: no quorum of the trusted witnesses cosigned it"};
}

/// Returns true if two keys that `NoteKey::Parse` knows no type of are the same key, whatever they
/// are called.
bool IsSameKey(std::string_view vkey, std::string_view other) {
  return vkey.substr(vkey.rfind('+')) == other.substr(other.rfind('+'));
}

/// Splits a line at runs of spaces and tabs.
std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> items;
  while (true) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) return items;
    line.remove_prefix(start);
    const std::size_t length = std::min(line.find_first_of(" \t"), line.size());
    items.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
}

}  // namespace

std::optional<std::size_t> Trust::Find(std::string_view name) const {
  const auto found = std::ranges::find(parties_, name, &Party::name);
  if (found == parties_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - parties_.begin());
}

Result<void> Trust::AddLog(const std::vector<std::string_view>& items) {
  if (items.size() < 2 || items.size() > 3) return Malformed("a log line reads 'log VKEY [URL]'");
  if (logs_.size() + unknown_logs_.size() == kMaxLogs)
    return Error{Errc::kTooLarge, "more than 32 logs"};
  auto key = NoteKey::Parse(items[1]);
  if (!key && key.error().code != Errc::kUnsupported) return key.error();
  if (key && key->type != NoteKeyType::kEd25519) return Malformed("a log's key has type 1");
  const bool twice = key ? std::ranges::count(logs_, key->key, &NoteKey::key) > 0
                         : std::ranges::any_of(unknown_logs_, [&](const std::string& other) {
                             return IsSameKey(items[1], other);
                           });
  if (twice) return Malformed("a log key stands there twice");
  if (key) {
    logs_.push_back(*std::move(key));
  } else {
    unknown_logs_.emplace_back(items[1]);
  }
  return {};
}

Result<void> Trust::AddWitness(const std::vector<std::string_view>& items) {
  if (items.size() < 3 || items.size() > 4) {
    return Malformed("a witness line reads 'witness NAME VKEY [URL]'");
  }
  auto key = NoteKey::Parse(items[2]);
  if (!key && key.error().code != Errc::kUnsupported) return key.error();
  if (key && key->type != NoteKeyType::kCosignature) return Malformed("a witness's key has type 4");
  const bool twice = std::ranges::any_of(parties_, [&](const Party& other) {
    return key ? other.key && other.key->key == key->key
               : !other.unknown_key.empty() && IsSameKey(items[2], other.unknown_key);
  });
  if (twice) return Malformed("a witness key stands there twice");
  Party witness{std::string(items[1]), {}, {}, 0, {}};
  if (key) {
    witness.key = *std::move(key);
  } else {
    witness.unknown_key = items[2];
  }
  parties_.push_back(std::move(witness));
  return {};
}

Result<void> Trust::AddGroup(const std::vector<std::string_view>& items) {
  if (items.size() < 4) return Malformed("a group line reads 'group NAME K MEMBER...'");
  Party group{std::string(items[1]), {}, {}, 0, {}};
  for (std::size_t i = 3; i < items.size(); ++i) {
    const auto member = Find(items[i]);
    if (!member) return Malformed("'" + std::string(items[i]) + "' was not defined before");
    const bool taken = std::ranges::any_of(parties_, [&](const Party& party) {
      return std::ranges::find(party.members, *member) != party.members.end();
    });
    if (taken || std::ranges::find(group.members, *member) != group.members.end()) {
      return Malformed("'" + std::string(items[i]) + "' is a member twice");
    }
    group.members.push_back(*member);
  }
  if (items[2] == "all" || items[2] == "any") {
    group.threshold = items[2] == "all" ? group.members.size() : 1;
  } else {
    const auto threshold = ParseDecimal(items[2]);
    if (!threshold || *threshold < 1 || *threshold > group.members.size()) {
      return Malformed("a group's threshold is from 1 to the number of its members");
    }
    group.threshold = *threshold;
  }
  parties_.push_back(std::move(group));
  return {};
}

Result<void> Trust::ParseLine(const std::vector<std::string_view>& items) {
  if (items[0] == "log") return AddLog(items);
  if (items[0] == "witness" || items[0] == "group") {
    const bool witness = items[0] == "witness";
    const auto same = std::ranges::count_if(
        parties_, [&](const Party& party) { return party.IsWitness() == witness; });
    if (static_cast<std::size_t>(same) == (witness ? kMaxWitnesses : kMaxGroups)) {
      return Error{Errc::kTooLarge, "more than 64 witnesses or 32 groups"};
    }
    if (items.size() > 1 && (items[1] == "none" || Find(items[1]))) {
      return Malformed("the name '" + std::string(items[1]) + "' is taken");
    }
    return witness ? AddWitness(items) : AddGroup(items);
  }
  if (items[0] != "quorum") return Malformed("a line begins with log, witness, group or quorum");
  if (items.size() != 2) return Malformed("a quorum line reads 'quorum NAME'");
  if (has_quorum_line_) return Malformed("there is a second quorum line");
  has_quorum_line_ = true;
  if (items[1] == "none") return {};
  quorum_ = Find(items[1]);
  if (!quorum_) return Malformed("'" + std::string(items[1]) + "' was not defined before");
  return {};
}

Result<Trust> Trust::Parse(std::string_view text) {
  if (text.size() > kMaxText) return Error{Errc::kTooLarge, "trust file: larger than 64 KiB"};
  Trust trust;
  for (int number = 1; !text.empty(); ++number) {
    const std::string where = "trust file, line " + std::to_string(number);
    const auto line = TakeLine(text);
    if (!line) return Malformed(where + ": it has no end");
    const bool control = std::ranges::any_of(*line, [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
    if (control) return Malformed(where + ": it has control characters");
    const auto items = Split(*line);
    if (items.empty() || items[0].starts_with('#')) continue;
    if (const auto parsed = trust.ParseLine(items); !parsed) return parsed.error().In(where);
  }
  if (!trust.has_quorum_line_) return Malformed("trust file: it has no quorum line");
  if (const auto possible = trust.CheckPossible(); !possible) return possible.error();
  return trust;
}

Result<void> Trust::CheckPossible() const {
  const auto unsupported = [](const std::string& what) {
    return Error{Errc::kUnsupported, "trust file: " + what + "; a newer program may know them"};
  };
  if (logs_.empty() && !unknown_logs_.empty())
    return unsupported("all keys of logs are of types that this program doesn't know");
  Times all(parties_.size());
  for (std::size_t i = 0; i < parties_.size(); ++i) {
    if (parties_[i].key) all[i] = sys_seconds{};
  }
  if (quorum_ && !QuorumTime(all))
    return unsupported("its quorum needs keys of types that this program doesn't know");
  return {};
}

Trust Trust::Of(const std::string& origin, const Policy& policy) {
  Trust trust;
  for (const PublicKey& key : policy.log_keys)
    trust.logs_.push_back({origin, NoteKeyType::kEd25519, key});
  const auto add_witnesses = [&](const char* group, char letter, const std::vector<NoteKey>& keys,
                                 std::size_t threshold) {
    Party added{group, {}, {}, threshold, {}};
    for (const NoteKey& key : keys) {
      added.members.push_back(trust.parties_.size());
      trust.parties_.push_back({letter + std::to_string(added.members.size()), key, {}, 0, {}});
    }
    return added;
  };
  Party institutes = add_witnesses("institutes", 'I', InstituteWitnesses(policy), policy.quorum);
  Party outside = add_witnesses("witnesses", 'W', OutsideWitnesses(policy), policy.witness_quorum);
  trust.quorum_ = trust.parties_.size();
  trust.parties_.push_back(std::move(institutes));
  if (policy.witness_quorum > 0) {
    const std::size_t first = *trust.quorum_;
    trust.parties_.push_back(std::move(outside));
    trust.quorum_ = trust.parties_.size();
    trust.parties_.push_back({"quorum", {}, {first, first + 1}, 2, {}});
  }
  trust.has_quorum_line_ = true;
  return trust;
}

std::string Trust::text() const {
  std::string text;
  for (const NoteKey& log : logs_) text += "log " + log.vkey() + "\n";
  for (const std::string& vkey : unknown_logs_) text += "log " + vkey + "\n";
  for (const Party& party : parties_) {
    if (party.IsWitness()) {
      const std::string vkey = party.key ? party.key->vkey() : party.unknown_key;
      text += "witness " + party.name + " " + vkey + "\n";
      continue;
    }
    text += "group " + party.name + " " + std::to_string(party.threshold);
    for (const std::size_t member : party.members) text += " " + parties_[member].name;
    text += "\n";
  }
  return text + "quorum " + (quorum_ ? parties_[*quorum_].name : "none") + "\n";
}

std::vector<NoteKey> Trust::WitnessKeys() const {
  std::vector<NoteKey> keys;
  for (const Party& party : parties_) {
    if (party.key) keys.push_back(*party.key);
  }
  return keys;
}

Result<Trust::Times> Trust::ReadTimes(const Note& note, sys_seconds now) const {
  Times times(parties_.size());
  for (std::size_t i = 0; i < parties_.size(); ++i) {
    if (!parties_[i].key) continue;
    const auto line = FindLine(note, *parties_[i].key);
    if (!line) return line.error();
    if (*line == nullptr) continue;
    const auto time = VerifyNoteSignature(note.text, **line, *parties_[i].key);
    if (!time) return time.error();
    if (*time <= now + kCosignatureSkew) times[i] = *time;
  }
  return times;
}

std::optional<sys_seconds> Trust::QuorumTime(Times times) const {
  // Members come before their group.
  for (std::size_t i = 0; i < parties_.size(); ++i) {
    const Party& party = parties_[i];
    if (party.key) continue;
    std::vector<sys_seconds> members;
    for (const std::size_t member : party.members) {
      if (times[member]) members.push_back(*times[member]);
    }
    if (party.threshold == 0 || members.size() < party.threshold) continue;
    std::ranges::sort(members, std::greater());
    times[i] = members[party.threshold - 1];
  }
  return quorum_ ? times[*quorum_] : std::nullopt;
}

Result<TrustedCheckpoint> Trust::Open(std::string_view bytes, sys_seconds now) const {
  const auto note = ParseNote(bytes);
  if (!note) return note.error();
  return Open(*note, now);
}

Result<TrustedCheckpoint> Trust::Open(const Note& note, sys_seconds now) const {
  auto checkpoint = Checkpoint::Parse(note.text);
  if (!checkpoint) return checkpoint.error();
  if (const auto by_log = CheckSignedByLog(logs_, note, checkpoint->origin); !by_log)
    return by_log.error();
  if (!quorum_) {
    return Error{Errc::kRefused,
                 "the trust file asks for no witnesses, so nothing says how fresh a checkpoint is"};
  }
  const auto times = ReadTimes(note, now);
  if (!times) return times.error();
  const auto time = QuorumTime(*times);
  if (!time) return NoQuorum();
  return TrustedCheckpoint{*std::move(checkpoint), *time, WriteNote(note)};
}

Result<std::string> Trust::Minimal(std::string_view bytes, sys_seconds now) const {
  auto note = ParseNote(bytes);
  if (!note) return note.error();
  const auto checkpoint = Checkpoint::Parse(note->text);
  if (!checkpoint) return checkpoint.error();
  const auto found = ReadTimes(*note, now);
  if (!found) return found.error();
  Times times = *found;
  const auto time = QuorumTime(times);
  if (!time) return NoQuorum();
  // Leave out every witness, the oldest cosignature first, without whom the quorum's time stays.
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < parties_.size(); ++i) {
    if (parties_[i].key && times[i]) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](std::size_t i) { return *times[i]; });
  for (const std::size_t i : order) {
    Times without = times;
    without[i].reset();
    if (QuorumTime(without) == time) times = std::move(without);
  }
  bool has_log = false;
  std::erase_if(note->signatures, [&](const NoteSignature& signature) {
    for (std::size_t i = 0; i < parties_.size(); ++i) {
      if (times[i] && parties_[i].key && IsBy(signature, *parties_[i].key)) return false;
    }
    const bool is_log = std::ranges::any_of(logs_, [&](const NoteKey& log) {
      return log.name == checkpoint->origin && IsBy(signature, log);
    });
    const bool keep = is_log && !has_log;
    has_log |= is_log;
    return !keep;
  });
  return WriteNote(*note);
}

Result<void> CheckSignedByLog(const std::vector<NoteKey>& logs, const Note& note,
                              const std::string& origin) {
  bool is_signed = false;
  for (const NoteKey& log : logs) {
    const auto line = FindLine(note, log);
    if (!line) return line.error();
    if (*line == nullptr) continue;
    const auto verified = VerifyNoteSignature(note.text, **line, log);
    if (!verified) return verified.error();
    is_signed |= log.name == origin;
  }
  if (is_signed) return {};
  return Error{Errc::kForged, "note: no trusted log signed it as '" + origin + "'"};
}

std::vector<NoteKey> InstituteWitnesses(const Policy& policy) {
  std::vector<NoteKey> keys;
  for (const Institute& institute : policy.institutes)
    keys.push_back({institute.name, NoteKeyType::kCosignature, institute.witness_key});
  return keys;
}

std::vector<NoteKey> OutsideWitnesses(const Policy& policy) {
  std::vector<NoteKey> keys;
  for (const OutsideWitness& witness : policy.witnesses)
    keys.push_back({witness.name, NoteKeyType::kCosignature, witness.key});
  return keys;
}

std::vector<NoteKey> WitnessesOf(const Policy& policy) {
  std::vector<NoteKey> keys = InstituteWitnesses(policy);
  std::ranges::copy(OutsideWitnesses(policy), std::back_inserter(keys));
  return keys;
}

Note VerifiedLines(const Note& note, const std::vector<Trust>& trusts) {
  Note verified{note.text, {}};
  for (const NoteSignature& line : note.signatures) {
    const auto verifies = [&](const NoteKey& key) {
      return VerifyNoteSignature(note.text, line, key).ok();
    };
    const bool known = std::ranges::any_of(trusts, [&](const Trust& trust) {
      return std::ranges::any_of(trust.logs(), verifies) ||
             std::ranges::any_of(trust.WitnessKeys(), verifies);
    });
    if (known) AddSignature(verified, line);
  }
  return verified;
}

std::size_t LinesOfChange(const Policy& before, const Policy& after) {
  // A key in both groups has one line for both.
  const auto lines = [](std::size_t needed_before, const auto& before_keys,
                        std::size_t needed_after, const auto& after_keys) {
    const auto both =
        static_cast<std::size_t>(std::ranges::count_if(before_keys, [&](const auto& key) {
          return std::ranges::find(after_keys, key) != after_keys.end();
        }));
    return needed_before + needed_after - std::min({both, needed_before, needed_after});
  };
  return lines(1, before.log_keys, 1, after.log_keys) +
         lines(before.quorum, InstituteWitnesses(before), after.quorum, InstituteWitnesses(after)) +
         lines(before.witness_quorum, OutsideWitnesses(before), after.witness_quorum,
               OutsideWitnesses(after));
}

}  // namespace cityid
