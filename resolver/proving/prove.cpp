#include "resolver/proving/prove.h"

#include <set>

#include "ledger/state/revocation.h"

namespace cityid {
namespace {

/// A state that records which keys and entries were read.
class Recorder : public State {
 public:
  explicit Recorder(const State& state) : state_(state) {}
  Result<std::optional<ByteView>> Get(ByteView key) const override {
    keys.insert(Bytes(key.begin(), key.end()));
    return state_.Get(key);
  }
  Result<ByteView> Entry(Index index) const override {
    entries.insert(index);
    return state_.Entry(index);
  }
  mutable std::set<Bytes> keys;
  mutable std::set<Index> entries;

 private:
  const State& state_;
};

/// Reads what a later verdict on the same code may need: verdicts change with time.
Result<void> ReadAhead(const Query& query, const State& state) {
  const auto* code = std::get_if<ClaimedCode>(&query.subject);
  if (code == nullptr) return {};
  const auto subject = FindIdentifier(state, code->claims.subject);
  if (!subject) return subject.error();
  if (*subject) {
    if (const auto aliases = ReadAliases(state, **subject); !aliases) return aliases.error();
  }
  for (std::optional<CityId> id = code->claims.subject; id; id = id->Parent()) {
    const auto found = FindIdentifier(state, *id);
    if (!found) return found.error();
    if (!*found) return {};
    const auto holding = ReadHolding(state, **found);
    if (!holding) return holding.error();
    for (const KeyGrant& grant : holding->keys) {
      if (grant.use != KeyUse::kCode || HintOf(grant.key) != code->claims.kid) continue;
      if (const auto revoked = IsRevoked(state, Sha256(grant.key.view()), code->claims); !revoked)
        return revoked.error();
    }
  }
  return {};
}

}  // namespace

Result<std::string> NoteForProof(const LedgerView& ledger, std::chrono::sys_seconds now,
                                 const std::optional<TreeSize>& since) {
  const auto note = ledger.Note(ledger.head().size);
  if (!note) return note.error();
  if (!*note) {
    return Error{Errc::kNotFound, "the ledger's head has no checkpoint, so nothing can be proved"};
  }
  if (since && *since < ledger.head().base) {
    return Error{Errc::kNotFound, "this replica began with a snapshot of " +
                                      std::to_string(ledger.head().base.value) +
                                      " entries and can't go back further"};
  }
  const auto policy = PolicyInForce(ledger);
  if (!policy) return policy.error();
  return Trust::Of(*policy).Minimal(**note, now);
}

Result<Bytes> Prove(const std::string& about, const LedgerView& ledger,
                    std::chrono::sys_seconds now, const std::optional<TreeSize>& since) {
  const auto note = NoteForProof(ledger, now, since);
  if (!note) return note.error();
  const Recorder recorder(ledger);
  const Query query = QueryAbout(about);
  const auto answer = Resolve(query, recorder, ledger.head(), AgeLimits{}, ledger.head().time);
  if (!answer) return answer.error();
  if (const auto ahead = ReadAhead(query, recorder); !ahead) return ahead.error();
  return MakeProof(ledger, *note,
                   {about,
                    {recorder.keys.begin(), recorder.keys.end()},
                    {recorder.entries.begin(), recorder.entries.end()},
                    since});
}

}  // namespace cityid
