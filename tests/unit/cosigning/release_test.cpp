#include "ledger/cosigning/release.h"

#include <gtest/gtest.h>

#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::KeyNamed;
using testing::kNow;

constexpr const char* kOrigin = "id.example.cn/ledger";

Checkpoint Tree(std::uint64_t size, std::uint8_t root) {
  return {kOrigin, TreeSize{size}, *RootHash::From(Bytes(32, root))};
}

std::string NameOf(std::size_t i) { return "institute-" + std::to_string(i) + ".example"; }

PolicyState PolicyOf(Consortium& consortium) {
  return {consortium.log(), kOrigin, {}, consortium.policy()};
}

std::string SignedBy(const std::string& text, std::size_t count,
                     const std::string& name_of_key = "") {
  Note note{text, {}};
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = name_of_key.empty() ? NameOf(i) : name_of_key;
    note.signatures.push_back(SignNote(text, NameOf(i), KeyNamed(key)));
  }
  return WriteNote(note);
}

Release SomeRelease() { return {Tree(4, 1), Tree(6, 2), {Tree(6, 3), Tree(8, 4)}}; }

TEST(ReleaseTest, ReadsWhatItWrites) {
  const Release release = SomeRelease();
  const auto again = Release::Parse(release.text());
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->base, release.base);
  EXPECT_EQ(again->kept, release.kept);
  EXPECT_EQ(again->given_up, release.given_up);
  const Promise promise{{{Tree(6, 3), true}, {Tree(8, 4), false}}};
  const auto same = Promise::Parse(promise.text());
  ASSERT_TRUE(same) << same.error().detail;
  EXPECT_EQ(same->text(), promise.text());
  EXPECT_TRUE(same->trees[0].had_cosigned);
  EXPECT_FALSE(same->trees[1].had_cosigned);
}

TEST(ReleaseTest, RefusesEveryOtherForm) {
  const std::string text = SomeRelease().text();
  const std::string one = Release{Tree(4, 1), Tree(6, 2), {Tree(6, 3)}}.text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_EQ(Release::Parse(text.substr(0, i)).ok(), text.substr(0, i) == one) << i;
    std::string changed = text;
    changed[i] = changed[i] == '\n' ? ' ' : '\n';
    EXPECT_FALSE(Release::Parse(changed)) << i;
  }
  EXPECT_FALSE(Release::Parse(text + "\n"));
  EXPECT_FALSE(Release::Parse(text + "give-up 8 x\n"));
  const auto refused = [](const Release& release) { return !Release::Parse(release.text()); };
  EXPECT_TRUE(refused({Tree(4, 1), Tree(6, 2), {}})) << "nothing is given up";
  EXPECT_TRUE(refused({Tree(4, 1), Tree(6, 2), {Tree(6, 2)}})) << "what is kept";
  EXPECT_TRUE(refused({Tree(4, 1), Tree(6, 2), {Tree(6, 3), Tree(6, 3)}})) << "twice";
  EXPECT_TRUE(refused({Tree(4, 1), Tree(6, 2), {Tree(4, 3)}})) << "not after the base";
  EXPECT_TRUE(refused({Tree(4, 1), Tree(4, 2), {Tree(6, 3)}})) << "another base";
  EXPECT_FALSE(refused({Tree(4, 1), Tree(4, 1), {Tree(6, 3)}})) << "nothing is kept";
  std::vector<Checkpoint> many(kMaxGivenUp + 1, Tree(6, 0));
  for (std::size_t i = 0; i < many.size(); ++i) many[i].size.value += i;
  EXPECT_TRUE(refused({Tree(4, 1), Tree(4, 1), many}));
}

TEST(ReleaseTest, NeedsTheRecordKeysOfAQuorum) {
  Consortium consortium(5, 3);
  const PolicyState policy = PolicyOf(consortium);
  const std::string text = SomeRelease().text();
  for (std::size_t count = 1; count <= 5; ++count)
    EXPECT_EQ(OpenRelease(SignedBy(text, count), policy).ok(), count >= 3) << count;
  const auto two = OpenRelease(SignedBy(text, 2), policy);
  EXPECT_NE(two.error().detail.find("not signed by institute-2.example"), std::string::npos);
  EXPECT_FALSE(OpenRelease(SignedBy(text, 5, "stranger"), policy));
  Note witnesses{text, {}};
  for (std::size_t i = 0; i < 5; ++i)
    witnesses.signatures.push_back(
        CosignNote(text, NameOf(i), KeyNamed(NameOf(i) + " witness"), kNow));
  EXPECT_FALSE(OpenRelease(WriteNote(witnesses), policy)) << "witness keys are no record keys";
  PolicyState other = policy;
  other.origin = "other.example/ledger";
  EXPECT_EQ(OpenRelease(SignedBy(text, 5), other).error().code, Errc::kForged);
}

TEST(ReleaseTest, APromiseIsTheWitnesssOrItsInstitutes) {
  Consortium consortium;
  const PolicyState policy = PolicyOf(consortium);
  const std::string text = Promise{{{Tree(6, 3), true}}}.text();
  const auto by = [&](const NoteSignature& line) {
    const auto opened = OpenPromise(WriteNote({text, {line}}), policy);
    return opened ? *opened->by.begin() : std::string();
  };
  EXPECT_EQ(by(CosignNote(text, NameOf(1), KeyNamed(NameOf(1) + " witness"), kNow)), NameOf(1));
  EXPECT_EQ(by(SignNote(text, NameOf(1), KeyNamed(NameOf(1)))), NameOf(1));
  EXPECT_EQ(by(SignNote(text, NameOf(1), KeyNamed(NameOf(2)))), "") << "another institute";
  EXPECT_EQ(by(SignNote(text, kOrigin, KeyNamed("log"))), "");
  NoteSignature wrong = CosignNote(text, NameOf(1), KeyNamed(NameOf(1) + " witness"), kNow);
  wrong.signature.back() ^= 1;
  EXPECT_EQ(by(wrong), "");
}

/// Checks the rule for all that `count` witnesses of `all` can have said of a tree: 0 nothing, 1
/// never, 2 cosigned.
TEST(ReleaseTest, ATreeIsDeadIfThoseWhoMayStandOnItAreNoQuorum) {
  for (const auto& [institutes, quorum, outside, of_them] : {std::array<std::size_t, 4>{3, 2, 0, 0},
                                                             {4, 3, 0, 0},
                                                             {5, 3, 0, 0},
                                                             {3, 3, 0, 0},
                                                             {3, 2, 2, 1},
                                                             {3, 2, 2, 2}}) {
    Consortium consortium(institutes, static_cast<std::uint8_t>(quorum));
    Policy policy = consortium.policy();
    for (std::size_t i = 0; i < outside; ++i)
      policy.witnesses.push_back({"outside-" + std::to_string(i) + ".example",
                                  KeyNamed("outside " + std::to_string(i)).public_key()});
    policy.witness_quorum = static_cast<std::uint8_t>(of_them);
    std::size_t combinations = 1;
    for (std::size_t i = 0; i < institutes + outside; ++i) combinations *= 3;
    for (std::size_t code = 0; code < combinations; ++code) {
      std::vector<SignedPromise> promises;
      std::size_t possible = 0, possible_outside = 0, rest = code;
      for (std::size_t i = 0; i < institutes + outside; ++i, rest /= 3) {
        const bool is_outside = i >= institutes;
        if (rest % 3 != 1) ++(is_outside ? possible_outside : possible);
        if (rest % 3 == 0) {
          // It has promised for another tree, which says nothing of this one.
          promises.push_back({{{{Tree(6, 9), false}}}, {NameOf(i)}});
          continue;
        }
        const std::string name =
            is_outside ? "outside-" + std::to_string(i - institutes) + ".example" : NameOf(i);
        promises.push_back({{{{Tree(6, 3), rest % 3 == 2}}}, {name}});
      }
      const bool may_get_one = possible >= quorum && possible_outside >= of_them;
      EXPECT_EQ(CheckDead(Tree(6, 3), promises, policy).ok(), !may_get_one) << code;
    }
  }
}

TEST(ReleaseTest, WhoSaysBothHadCosigned) {
  Consortium consortium;
  std::vector<SignedPromise> promises;
  for (std::size_t i = 0; i < 3; ++i) promises.push_back({{{{Tree(6, 3), i == 0}}}, {NameOf(i)}});
  EXPECT_TRUE(CheckDead(Tree(6, 3), promises, consortium.policy()));
  promises.push_back({{{{Tree(6, 3), true}}}, {NameOf(1)}});
  EXPECT_FALSE(CheckDead(Tree(6, 3), promises, consortium.policy()));
}

TEST(ReleaseTest, SplitsAFileIntoItsNotes) {
  const std::string release = SignedBy(SomeRelease().text(), 2);
  const std::string promise = SignedBy(Promise{{{Tree(6, 3), true}}}.text(), 1);
  EXPECT_EQ(SplitNotes(promise + release + promise),
            (std::vector<std::string>{promise, release, promise}));
  EXPECT_TRUE(SplitNotes("").empty());
  EXPECT_EQ(SplitNotes("x"), std::vector<std::string>{"x"});
}

}  // namespace
}  // namespace cityid
