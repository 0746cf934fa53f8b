// A consortium's ledger with checkpoints: all keys on this machine, by their names.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ledger/consortium/publisher.h"
#include "ledger/proof/proof.h"
#include "ledger/proof/trust.h"
#include "tests/world/consortium.h"

namespace cityid::testing {

inline std::vector<SecretKey> KeysNamed(const std::vector<std::string>& names) {
  std::vector<SecretKey> keys;
  for (const std::string& name : names) keys.push_back(KeyNamed(name));
  return keys;
}

/// The witness keys of the first `count` institutes of a `Consortium`.
inline std::vector<std::string> WitnessesNamed(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i)
    names.push_back("institute-" + std::to_string(i) + ".example witness");
  return names;
}

/// Publishes at a time with the keys of these names.
inline Replica::Publish PublishWith(const std::vector<std::string>& log_keys,
                                    const std::vector<std::string>& witness_keys,
                                    std::chrono::sys_seconds now = kNow) {
  PublisherParts parts;
  parts.log_keys = KeysNamed(log_keys);
  parts.witness_keys = KeysNamed(witness_keys);
  const auto publisher = std::make_shared<Publisher>(std::move(parts));
  return [publisher, now](const LedgerView& before, const Batch& after) {
    return publisher->Publish(before, after, now);
  };
}

/// The genesis of a consortium with the same origin and institutes, and "other log" as its log key.
inline Bytes GenesisOfAnother(Consortium& consortium) {
  Policy policy = consortium.policy();
  policy.log_keys = {KeyNamed("other log").public_key()};
  std::vector<NamedSigner> signers = InstitutesNamed(3);
  for (const std::string& name : WitnessesNamed(3)) signers.emplace_back(Role::kNewKey, name);
  signers.emplace_back(Role::kNewKey, "other log");
  return SignNamed({{}, {}, {}, {}, {}, Genesis{"id.example.cn/ledger", policy}}, signers);
}

/// A ledger in a directory of its own whose every head is published by log and all witnesses.
class PublishedLedger {
 public:
  explicit PublishedLedger(const Consortium& consortium)
      : replica_(*Replica::Create(directory(), consortium.genesis(), kNow)) {
    Append({});
  }

  /// One batch; each entry must be accepted.
  void Append(const std::vector<Bytes>& entries, std::chrono::sys_seconds now = kNow) {
    const auto outcomes = replica_.Append(entries, now, Refused::kLeftOut,
                                          PublishWith({"log"}, WitnessesNamed(3), now));
    if (!outcomes) throw std::runtime_error(outcomes.error().detail);
    for (const Sequenced& outcome : *outcomes) {
      if (outcome.refused) throw std::runtime_error(outcome.refused->detail);
    }
  }

  std::filesystem::path directory() const { return scratch_.path() / "ledger"; }
  Replica& replica() { return replica_; }
  LedgerView Read() const { return std::move(*replica_.Read()); }
  std::string Note() const {
    const LedgerView view = Read();
    return (*view.Note(view.head().size)).value();
  }
  Trust trust() const {
    const auto policy = **FindPolicy(Read());
    return Trust::Of(policy.origin, policy.policy);
  }

 private:
  ScratchDirectory scratch_;
  Replica replica_;
};

/// The next policy of a ledger, unsigned.
inline Record NextPolicyOf(const State& state, Policy policy) {
  const auto found = **FindPolicy(state);
  return {found.log, {}, found.record.hash, {}, {}, PolicyChange{std::move(policy)}};
}

/// A document with its digest computed anew: what somebody writes who changes a part of it.
inline Bytes WithDigest(ProofDocument document) {
  document.digest = {};
  document.digest = *decltype(document.digest)::From(Sha256(EncodeFields(document)).view());
  return EncodeFields(document);
}

}  // namespace cityid::testing
