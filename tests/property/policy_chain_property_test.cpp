// Chains of policies by chance, and mirrors that replay, withhold, reorder and forge. Trust never
// goes back, and an honest mirror always leads to the present.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "ledger/proof/policy_chain.h"
#include "tests/property/chosen_seed.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::KeyNamed;
using testing::kNow;
using testing::NextPolicyOf;
using testing::SignNamed;

/// The names of the keys of a policy: those of the log and of the three institutes' witnesses.
struct Keys {
  std::string log;
  std::vector<std::string> witnesses;
};

/// A moment of a log: what a mirror has of it.
struct Published {
  std::uint64_t version = 0;
  sys_seconds time;
  std::string note;
};

/// A log whose policies change its keys by chance. An attacker has every key that was ever retired.
class Log {
 public:
  Log(const std::filesystem::path& directory, std::mt19937_64& chance)
      : chance_(chance),
        replica_(*Replica::Create(directory, consortium_.genesis(), kNow)),
        keys_{"log", testing::WitnessesNamed(3)} {
    Publish({}, keys_);
  }

  /// The next policy, some records, another confirmation of the head.
  void ChangePolicy() {
    const auto view = replica_.Read();
    Policy policy = (*FindPolicy(*view))->policy;
    ++policy.version;
    Keys next = keys_;
    auto signers = testing::InstitutesNamed(2);
    const auto renew = [&](std::string& key, const std::string& role) {
      key = role + " " + std::to_string(policy.version) + "." + std::to_string(signers.size()) +
            salt_;
      signers.emplace_back(Role::kNewKey, key);
      return KeyNamed(key).public_key();
    };
    const auto what = chance_() % 8;
    if (what % 2 == 0) policy.log_keys = {renew(next.log, "log")};
    for (std::size_t i = 0; i < 3; ++i) {
      if ((what / 2 >> i) % 2 != 0 && (i < 2 || chance_() % 2 == 0))
        policy.institutes[i].witness_key = renew(next.witnesses[i], "witness");
    }
    if (next.log == keys_.log && next.witnesses == keys_.witnesses)
      policy.hosts.push_back("host-" + std::to_string(policy.version) + ".example");
    Publish({SignNamed(NextPolicyOf(*view, policy), signers)}, next);
    keys_ = next;
    for (auto more = chance_() % 3; more > 0; --more) Publish({}, keys_);
  }

  Replica& replica() { return replica_; }
  const std::vector<Published>& past() const { return past_; }
  std::uint64_t version() const { return past_.back().version; }
  std::optional<Bytes> Proof(std::uint64_t version) const {
    return *replica_.Read()->PolicyProof(version);
  }
  /// The proof of a policy from another checkpoint than its first.
  Bytes LateProof() const {
    const auto view = replica_.Read();
    return *MakeProof(*view, past_.back().note, {"", {PolicyKey()}, {}, {}});
  }
  Trust TrustOf(std::uint64_t version) const { return Trust::Of(*ClaimedPolicy(*Proof(version))); }
  /// Goes on with keys that nobody else has.
  void Fork(const std::string& salt) { salt_ = salt; }

 private:
  void Publish(const std::vector<Bytes>& entries, const Keys& next) {
    std::vector<std::string> logs{keys_.log}, witnesses = keys_.witnesses;
    logs.push_back(next.log);
    witnesses.insert(witnesses.end(), next.witnesses.begin(), next.witnesses.end());
    clock_ += seconds(1 + chance_() % 100);
    std::vector<std::string> unique_logs(logs.begin(), logs.end());
    std::ranges::sort(witnesses);
    witnesses.erase(std::unique(witnesses.begin(), witnesses.end()), witnesses.end());
    if (unique_logs[0] == unique_logs[1]) unique_logs.pop_back();
    const auto appended = replica_.Append(entries, kNow, Refused::kLeftOut,
                                          testing::PublishWith(unique_logs, witnesses, clock_));
    ASSERT_TRUE(appended) << appended.error().detail;
    for (const Sequenced& outcome : *appended) ASSERT_FALSE(outcome.refused);
    const auto view = replica_.Read();
    past_.push_back(
        {(*FindPolicy(*view))->policy.version, view->head().time, **view->Note(view->head().size)});
  }

  std::mt19937_64& chance_;
  Consortium consortium_;
  Replica replica_;
  Keys keys_;
  std::string salt_;
  sys_seconds clock_ = kNow;
  std::vector<Published> past_;
};

/// The state of a proof document says another version; the document is sealed again.
Bytes WithVersion(const Bytes& proof, std::uint64_t version) {
  ProofDocument document = *ParseProof(proof);
  PolicyState state = *ClaimedPolicy(proof);
  state.policy.version = version;
  const Bytes value = EncodeFields(state);
  Bytes map = {0x00, 1, 'G'};
  for (std::uint64_t rest = value.size();; rest >>= 7) {
    map.push_back(static_cast<std::uint8_t>((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0)));
    if (rest <= 0x7F) break;
  }
  map.insert(map.end(), value.begin(), value.end());
  document.map = map;
  return testing::WithDigest(document);
}

TEST(PolicyChainProperty, TrustNeverGoesBackAndHonestChainsAlwaysArrive) {
  const auto seed = testing::ChosenSeed();
  SCOPED_TRACE("CITYID_SEED=" + std::to_string(seed));
  std::mt19937_64 chance(seed);
  std::size_t arrived = 0, refused = 0;
  for (int round = 0; round < 10; ++round) {
    testing::ScratchDirectory scratch;
    Log log(scratch.path() / "log", chance);
    std::vector<Bytes> late;
    const auto changes = 1 + chance() % 5;
    for (std::size_t i = 0; i < changes; ++i) {
      log.ChangePolicy();
      late.push_back(log.LateProof());
    }
    // Somebody whose keys were retired: the same beginning, and then policies of their own.
    Log fork(scratch.path() / "fork", chance);
    fork.Fork(" of the fork");
    for (std::size_t i = 0; i < changes; ++i) fork.ChangePolicy();

    for (int reader = 0; reader < 30; ++reader) {
      const Published& when = log.past()[chance() % log.past().size()];
      TrustFile file{log.TrustOf(when.version), when.version, when.time};
      if (chance() % 4 == 0) file.version = 0;
      const sys_seconds now = log.past().back().time;
      const auto honest = BringForward(
          file, [&](std::uint64_t v) { return Result(log.Proof(v)); }, log.past().back().note, now);
      ASSERT_TRUE(honest) << honest.error().detail;
      ASSERT_EQ(honest->version, log.version());
      ASSERT_EQ(honest->trust, log.TrustOf(log.version()));

      // Keys of the fork that the reader still trusts are not retired.
      const bool forks = std::ranges::none_of(fork.past(), [&](const Published& head) {
        return file.trust.Open(head.note, now + std::chrono::hours(1)).ok();
      });
      // A hostile mirror answers each question with something, and may answer it otherwise later.
      const auto any = [&](std::uint64_t version) -> Result<std::optional<Bytes>> {
        const auto other = 1 + chance() % log.version();
        switch (chance() % 8) {
          case 0:
            return std::optional<Bytes>();
          case 1:
            return log.Proof(other);
          case 2:
            return forks ? fork.Proof(version) : std::optional<Bytes>();
          case 3:
            return std::optional(late[chance() % late.size()]);
          case 4:
            return std::optional(WithVersion(*log.Proof(other), chance() % (log.version() + 2)));
          case 5: {
            Bytes damaged = *log.Proof(other);
            damaged[chance() % damaged.size()] ^= static_cast<std::uint8_t>(1 + chance() % 255);
            return std::optional(damaged);
          }
          default:
            return log.Proof(version);
        }
      };
      const auto& notes = forks && chance() % 4 == 0 ? fork.past() : log.past();
      const auto result = BringForward(file, any, notes[chance() % notes.size()].note, now);
      if (!result) {
        ++refused;
        continue;
      }
      ++arrived;
      // A file without a version may be of any policy with its text.
      bool same_or_later = file.version == 0 && result->trust == file.trust;
      same_or_later |= result->version >= when.version;
      ASSERT_TRUE(same_or_later) << result->version << " after " << when.version;
      ASSERT_GE(*result->confirmed, when.time);
      ASSERT_LE(result->version, log.version());
      ASSERT_EQ(result->trust, log.TrustOf(result->version)) << "a policy that the log never had";
    }
  }
  EXPECT_GT(arrived, 0U);
  EXPECT_GT(refused, 10U);
}

}  // namespace
}  // namespace cityid
