// A random published ledger, codes of it, and packs of what is below a prefix. The seed is printed;
// CITYID_SEED=N runs the same again.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "codec/time_text.h"
#include "ledger/state/revocation.h"
#include "resolver/answer/answer_json.h"
#include "resolver/answer/check.h"
#include "resolver/proving/pack.h"
#include "tests/property/chosen_seed.h"
#include "tests/world/published.h"
#include "tests/world/through_c.h"

namespace cityid::testing {

inline Prefix Below(const std::string& text) { return *Prefix::Parse(text); }

class PackTest : public ::testing::Test {
 protected:
  PackTest() { random_.seed(ChosenSeed()); }

  std::uint64_t Any(std::uint64_t bound) { return random_() % bound; }
  template <class T>
  T AnyOf(const std::vector<T>& values) {
    return values[Any(values.size())];
  }

  void Assign(const std::string& id) {
    ledger_.Append({consortium_.AssignEntry(id, consortium_.Institutes(2),
                                            static_cast<std::uint8_t>(Any(3)))});
    ids_.push_back(id);
  }
  IdentifierState StateOf(const std::string& id) const {
    return **FindIdentifier(ledger_.Read(), Id(id));
  }
  void ByInstitutes(const std::string& id, RecordBody body, bool in_chain = true) {
    Record record{consortium_.log(), id, {}, {}, {}, std::move(body)};
    if (in_chain) record.previous = StateOf(id).authority.hash;
    ledger_.Append({*SignRecord(record, consortium_.Institutes(2))});
  }
  void RevokeSome(const std::string& id) {
    RevokeCodes revoke{KeyNamed(id + " code").public_key(), {}, {}, {}};
    const auto first = static_cast<std::uint32_t>(5 + Any(600));
    revoke.serials = {{first, first + 3}, {first + 300, first + 300}};
    // Something that no earlier record has revoked.
    revoke.serials.push_back({2000 + revocations_, 2000 + revocations_});
    ++revocations_;
    if (Any(4) == 0) revoke.serial_below = static_cast<std::uint32_t>(1 + Any(8));
    if (Any(3) == 0) revoke.issued_before = SecondsOf(kNow - std::chrono::hours(5));
    ByInstitutes(id, revoke, false);
  }
  void Retire(const std::string& id) {
    const IdentifierState before = StateOf(id);
    Holding holding = *ReadHolding(ledger_.Read(), before);
    holding.own_codes_only = Any(2) == 0;
    for (KeyGrant& grant : holding.keys) {
      if (grant.use != KeyUse::kCode) continue;
      grant.status = KeyStatus::kRetired;
      grant.retired_at = SecondsOf(kNow - std::chrono::hours(3));
    }
    const Record record{consortium_.log(),     id, before.holder.hash,
                        before.authority.hash, {}, Update{holding}};
    const SecretKey holder = KeyNamed(id + " record");
    ledger_.Append({*SignRecord(record, {{Role::kHolder, &holder}})});
  }
  void Recover(const std::string& id) {
    std::vector<KeyGrant> keys = ReadHolding(ledger_.Read(), StateOf(id))->keys;
    for (KeyGrant& grant : keys) grant.status = KeyStatus::kCompromised;
    const SecretKey record_key = KeyNamed(id + " record 2");
    const SecretKey code_key = KeyNamed(id + " code 2");
    keys.push_back(RecordKey(record_key));
    keys.push_back(CodeKey(code_key, {Purpose::kCity}));
    const Record record{consortium_.log(),    id, StateOf(id).authority.hash, {}, {},
                        cityid::Recover{keys}};
    auto signing = consortium_.Institutes(2);
    signing.push_back({Role::kNewKey, &record_key});
    signing.push_back({Role::kNewKey, &code_key});
    ledger_.Append({*SignRecord(record, signing)});
  }

  /// A random ledger: cities, what is below them, and what has become of them.
  void Fill() {
    for (int i = 0; i < 7; ++i) {
      const std::string city = (i < 5 ? "MA.156.130" : "MA.250.") + std::to_string(1 + i);
      Assign(city);
      for (std::uint64_t unit = Any(4); unit > 0; --unit) {
        const std::string below = city + "." + std::to_string(unit);
        Assign(below);
        if (Any(2) == 0) Assign(below + ".A");
        if (Any(3) == 0) Assign(city + ".0" + std::to_string(unit) + "X");
      }
    }
    for (const std::string& id : std::vector(ids_)) {
      for (std::uint64_t times = Any(3); times > 0; --times) RevokeSome(id);
      switch (Any(12)) {
        case 0:
          ByInstitutes(id, Suspend{});
          break;
        case 1:
          ByInstitutes(id, Revoke{});
          break;
        case 2:
          Recover(id);
          break;
        case 3:
        case 4:
          Retire(id);
          break;
        case 5:
          ByInstitutes(id, Aliases{{{"wikidata", "Q" + std::to_string(100 + Any(1'000'000))}}});
          break;
        default:
          break;
      }
    }
    ledger_.Append({}, kNow);
    absent_ = {"MA.156.9999", "MA.156.1301.99", "MA.156.1301.99.1.B",
               "MA.156.13",   "MA.250.99.1",    "MA.840.1"};
  }

  /// A code about `id`, most often one that holds or fails in one way.
  ClaimedCode AnyCode(const std::string& id) {
    const auto parent = Id(id).Parent();
    std::vector<std::string> signers = {id + " code", id + " code", id + " code 2", "stranger"};
    if (parent) signers.insert(signers.end(), {parent->text() + " code", parent->text() + " code"});
    const SecretKey key = KeyNamed(AnyOf(signers));
    return *SignCode(
        {Id(id),
         AnyOf(std::vector{Purpose::kCity, Purpose::kCity, Purpose::kUnit}),
         HintOf(key.public_key()),
         AnyOf(std::vector<std::uint32_t>{0, 2, 7, 255, 256, 0xFFFFFFFF,
                                          static_cast<std::uint32_t>(Any(1000)),
                                          static_cast<std::uint32_t>(Any(1000))}),
         AnyOf(std::vector{kNow, kNow - std::chrono::hours(2), kNow - std::chrono::hours(6),
                           kNow - std::chrono::days(20)}),
         AnyOf(std::vector<std::uint16_t>{0, 30}),
         {}},
        key);
  }
  /// Every identifier, some that are not there, and codes of all of them.
  std::vector<Query> Queries(int codes) {
    std::vector<Query> queries;
    std::vector<std::string> ids = ids_;
    ids.insert(ids.end(), absent_.begin(), absent_.end());
    for (const std::string& id : ids) {
      queries.push_back(Query::Typed(id));
      for (int i = 0; i < codes; ++i) queries.push_back(Query{AnyCode(id), {}});
    }
    queries.push_back(Query::Typed("MA.156.1301-00"));
    return queries;
  }
  static CityId SubjectOf(const Query& query) {
    if (const auto* code = std::get_if<ClaimedCode>(&query.subject)) return code->claims.subject;
    const auto* id = std::get_if<CityId>(&query.subject);
    return id ? *id : Id("MA.156.1301");  // that was meant
  }

  Bytes Pack(const std::string& prefix, const std::optional<TreeSize>& since = {}) const {
    const auto pack = MakePack(Below(prefix), ledger_.Read(), kNow, since);
    EXPECT_TRUE(pack) << pack.error().detail;
    return pack ? *pack : Bytes();
  }
  Result<ProvenState> Open(const Bytes& pack, const std::optional<KeptHead>& kept = {}) const {
    auto opened = ProvenState::OpenPack(pack, trust_, kNow, kept);
    ExpectSameThroughC(opened, pack, trust_, kNow, kept, true);
    return opened;
  }
  std::string FromLedger(const Query& query) const {
    const LedgerView view = ledger_.Read();
    return AnswerJson(*Resolve(query, view, view.head(), {}, kNow));
  }
  /// The answer's JSON; empty if the pack doesn't reach it. Any other error fails the test.
  static std::string FromPack(const ProvenState& pack, const Query& query) {
    const auto answer = Resolve(query, pack, pack.head(), {}, kNow);
    if (answer) return AnswerJson(*answer);
    EXPECT_EQ(answer.error().code, Errc::kNotFound) << answer.error().detail;
    return {};
  }

  std::mt19937_64 random_;
  Consortium consortium_;
  PublishedLedger ledger_{consortium_};
  Trust trust_ = ledger_.trust();
  std::vector<std::string> ids_, absent_;
  std::uint32_t revocations_ = 0;
};

}  // namespace cityid::testing
