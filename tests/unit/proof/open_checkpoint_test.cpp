// Which checkpoints a trust file opens, how fresh they are, and which of their lines are needed.
#include <gtest/gtest.h>

#include "tests/unit/proof/cosigned_notes.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using testing::Consortiums;
using testing::Cosigned;
using testing::Cosigner;
using testing::ErrorOf;
using testing::Institute;
using testing::KeyNamed;
using testing::kNow;
using testing::kOrigin;
using testing::LogKey;
using testing::TextOf;
using testing::WithOutside;
using testing::WitnessKey;
using testing::WitnessLine;

TEST(OpenCheckpoint, WithKCosignaturesGivesWhatTheLogSigned) {
  const std::string note = Cosigned({{Institute(0), 5}, {Institute(2), 3}});
  const auto opened = Consortiums().Open(note, kNow);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(opened->checkpoint.text(), TextOf());
  EXPECT_EQ(opened->time, kNow - seconds(5));
  EXPECT_EQ(opened->note, note);
}

TEST(OpenCheckpoint, RefusesOneCosignatureTooFew) {
  EXPECT_EQ(ErrorOf(Consortiums().Open(Cosigned({{Institute(0)}}), kNow)), Errc::kRefused);
  EXPECT_EQ(ErrorOf(Consortiums().Open(Cosigned({}), kNow)), Errc::kRefused);
}

TEST(OpenCheckpoint, RefusesTheSameWitnessTwice) {
  EXPECT_EQ(ErrorOf(Consortiums().Open(Cosigned({{Institute(0), 1}, {Institute(0), 2}}), kNow)),
            Errc::kMalformed);
}

TEST(OpenCheckpoint, DoesNotCountAKeyUnderAnotherNameAsASecondWitness) {
  // The key of institute 0 under a name that the policy does not have.
  Note note = *ParseNote(Cosigned({{Institute(0)}}));
  note.signatures.push_back(CosignNote(note.text, "other.example", WitnessKey(Institute(0)), kNow));
  EXPECT_EQ(ErrorOf(Consortiums().Open(WriteNote(note), kNow)), Errc::kRefused);
}

TEST(OpenCheckpoint, IgnoresUnknownWitnesses) {
  EXPECT_EQ(ErrorOf(Consortiums().Open(Cosigned({{Institute(0)}, {"stranger"}}), kNow)),
            Errc::kRefused);
  EXPECT_TRUE(Consortiums().Open(Cosigned({{Institute(0)}, {"stranger"}, {Institute(1)}}), kNow));
}

TEST(OpenCheckpoint, IgnoresAWrongSignatureOfAnUnknownKey) {
  Note note = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}, {"stranger"}}));
  note.signatures.back().signature[70] ^= 1;
  EXPECT_TRUE(Consortiums().Open(WriteNote(note), kNow));
}

TEST(OpenCheckpoint, RefusesAWrongSignatureOfAnyKnownKey) {
  const Note note = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}, {Institute(2)}}));
  ASSERT_TRUE(Consortiums().Open(WriteNote(note), kNow));
  for (std::size_t i = 0; i < note.signatures.size(); ++i) {
    Note changed = note;
    changed.signatures[i].signature.back() ^= 1;
    EXPECT_EQ(ErrorOf(Consortiums().Open(WriteNote(changed), kNow)), Errc::kForged) << i;
  }
}

/// The trust file of two logs and one witness.
Trust OfTwoLogs() {
  return *Trust::Parse("log " + LogKey() + "\nlog " + LogKey("other.example", "other log") + "\n" +
                       WitnessLine("a") + "quorum a\n");
}

TEST(OpenCheckpoint, RefusesAWrongSignatureOfAKnownLogThatIsNotItsOwn) {
  Note note = *ParseNote(Cosigned({{"a"}}));
  note.signatures.push_back(SignNote(note.text, "other.example", KeyNamed("other log")));
  ASSERT_TRUE(OfTwoLogs().Open(WriteNote(note), kNow));
  note.signatures.back().signature[0] ^= 1;
  EXPECT_EQ(ErrorOf(OfTwoLogs().Open(WriteNote(note), kNow)), Errc::kForged);
}

TEST(OpenCheckpoint, RefusesANoteThatTheLogDidNotSign) {
  Note note = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}}));
  note.signatures.erase(note.signatures.begin());
  EXPECT_EQ(ErrorOf(Consortiums().Open(WriteNote(note), kNow)), Errc::kForged);
}

TEST(OpenCheckpoint, RefusesALogThatIsNotTheOrigin) {
  const std::vector<Cosigner> cosigners = {{Institute(0)}, {Institute(1)}};
  // The right key signed, but the text is another log's.
  EXPECT_EQ(ErrorOf(Consortiums().Open(Cosigned(cosigners, TextOf("other.example")), kNow)),
            Errc::kForged);
  // And a known log can't speak for another known one.
  EXPECT_EQ(ErrorOf(OfTwoLogs().Open(Cosigned({{"a"}}, TextOf("other.example")), kNow)),
            Errc::kForged);
}

TEST(OpenCheckpoint, RefusesAnotherKeyUnderTheLogsName) {
  Note note = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}}));
  note.signatures[0] = SignNote(note.text, kOrigin, KeyNamed("stranger"));
  EXPECT_EQ(ErrorOf(Consortiums().Open(WriteNote(note), kNow)), Errc::kForged);
}

TEST(OpenCheckpoint, DoesNotCountACosignatureOfTheFuture) {
  const int skew = static_cast<int>(kCosignatureSkew.count());
  EXPECT_TRUE(Consortiums().Open(Cosigned({{Institute(0)}, {Institute(1), -skew}}), kNow));
  EXPECT_EQ(
      ErrorOf(Consortiums().Open(Cosigned({{Institute(0)}, {Institute(1), -skew - 1}}), kNow)),
      Errc::kRefused);
}

TEST(OpenCheckpoint, RefusesAWrongCosignatureOfTheFuture) {
  Note note = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}, {Institute(2), -9999}}));
  note.signatures.back().signature.back() ^= 1;
  EXPECT_EQ(ErrorOf(Consortiums().Open(WriteNote(note), kNow)), Errc::kForged);
}

TEST(OpenCheckpoint, IsAsFreshAsTheKthNewestCosignature) {
  const std::string note = Cosigned({{Institute(0), 2}, {Institute(1), 90}, {Institute(2), 40}});
  const auto opened = Consortiums().Open(note, kNow);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->time, kNow - seconds(40));
}

TEST(OpenCheckpoint, IsAsFreshAsTheStalerOfItsTwoGroups) {
  const std::vector<Cosigner> institutes = {
      {Institute(0), 2}, {Institute(1), 90}, {Institute(2), 4}};
  const auto age = [&](std::uint8_t quorum, const std::vector<Cosigner>& outside) {
    std::vector<Cosigner> all = outside;
    all.insert(all.end(), institutes.begin(), institutes.end());
    const auto opened = Trust::Of(kOrigin, WithOutside(quorum)).Open(Cosigned(all), kNow);
    return opened ? std::optional((kNow - opened->time).count()) : std::nullopt;
  };
  EXPECT_EQ(age(1, {{"out-0", 50}, {"out-1", 60}}), 50);
  EXPECT_EQ(age(2, {{"out-0", 50}, {"out-1", 60}}), 60);
  EXPECT_EQ(age(1, {{"out-2", 1}}), 4);
  EXPECT_EQ(age(1, {}), std::nullopt);
  EXPECT_EQ(age(2, {{"out-2", 1}}), std::nullopt);
  // Asked of nobody, they do not help either.
  EXPECT_EQ(age(0, {{"out-0", 0}, {"out-1", 0}}), 4);
}

/// Names in the order of the lines.
std::vector<std::string> NamesIn(const std::string& note) {
  const Note parsed = *ParseNote(note);
  std::vector<std::string> names;
  for (const NoteSignature& signature : parsed.signatures) names.push_back(signature.name);
  return names;
}

/// A note in which every line stands that signers of any kind may add to it.
Note WithLinesOfOthers() {
  Note note = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}}));
  const NoteSignature stranger = CosignNote(note.text, "stranger", WitnessKey("stranger"), kNow);
  note.signatures.insert(note.signatures.begin(), {stranger, stranger});
  note.signatures.push_back({Institute(0), *NoteKeyId::From(Bytes(4, 0x06)), Bytes(5'000)});
  note.signatures.push_back(SignNote(note.text, kOrigin, KeyNamed("stranger")));
  note.signatures.push_back(CosignNote(note.text, kOrigin, KeyNamed("log"), kNow));
  return note;
}

TEST(OpenCheckpoint, IgnoresLinesOfOthersAlsoTwice) {
  EXPECT_TRUE(Consortiums().Open(WriteNote(WithLinesOfOthers()), kNow));
}

TEST(OpenCheckpoint, RefusesTwoLinesOfAKnownKey) {
  for (const std::size_t line : {0, 1}) {
    Note note = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}}));
    note.signatures.push_back(note.signatures[line]);
    EXPECT_EQ(ErrorOf(Consortiums().Open(WriteNote(note), kNow)), Errc::kMalformed) << line;
  }
}

TEST(VerifiedLines, AreThoseOfKnownKeys) {
  const Note known = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}}));
  EXPECT_EQ(VerifiedLines(WithLinesOfOthers(), {Consortiums()}), known);
}

TEST(VerifiedLines, AreNeitherWrongNorThereTwice) {
  const Note known = *ParseNote(Cosigned({{Institute(0)}, {Institute(1)}}));
  Note note = known;
  note.signatures.push_back(note.signatures[1]);
  EXPECT_EQ(VerifiedLines(note, {Consortiums()}), known);
  note = known;
  note.signatures.push_back(CosignNote(note.text, Institute(2), WitnessKey(Institute(2)), kNow));
  note.signatures.back().signature.back() ^= 1;
  EXPECT_EQ(VerifiedLines(note, {Consortiums()}), known);
}

TEST(VerifiedLines, AreThoseOfAnyOfThePolicies) {
  const Note note = *ParseNote(Cosigned({{"out-0"}, {Institute(0)}}));
  EXPECT_EQ(VerifiedLines(note, {Consortiums()}).signatures.size(), 2U);
  EXPECT_EQ(VerifiedLines(note, {Consortiums(), Trust::Of(kOrigin, WithOutside(1))}), note);
  EXPECT_TRUE(VerifiedLines(note, {}).signatures.empty());
}

TEST(Minimal, KeepsTheLogsLineAndTheNewestOfTheQuorum) {
  const std::string note =
      Cosigned({{Institute(0), 9}, {"stranger"}, {Institute(1), 3}, {Institute(2), 5}});
  const auto minimal = Consortiums().Minimal(note, kNow);
  ASSERT_TRUE(minimal) << minimal.error().detail;
  EXPECT_EQ(NamesIn(*minimal), (std::vector<std::string>{kOrigin, Institute(1), Institute(2)}));
  const auto opened = Consortiums().Open(*minimal, kNow);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->time, kNow - seconds(5));
}

TEST(Minimal, KeepsBothGroupsAndNothingOfTheFuture) {
  const Trust trust = Trust::Of(kOrigin, WithOutside(1));
  const std::string note = Cosigned({{"out-0", 50},
                                     {"out-1", 60},
                                     {"out-2", -9999},
                                     {Institute(0), 2},
                                     {Institute(1), 90},
                                     {Institute(2), 4}});
  const auto minimal = trust.Minimal(note, kNow);
  ASSERT_TRUE(minimal) << minimal.error().detail;
  EXPECT_EQ(NamesIn(*minimal).size(), 4U);
  EXPECT_EQ(trust.Open(*minimal, kNow)->time, trust.Open(note, kNow)->time);
  // Any cosignature less is one too few.
  for (std::size_t i = 0; i < 4; ++i) {
    Note less = *ParseNote(*minimal);
    less.signatures.erase(less.signatures.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(trust.Open(WriteNote(less), kNow)) << i;
  }
}

TEST(Minimal, KeepsTheNewestOfAGroupEvenIfTheOtherIsStaler) {
  const Trust trust = Trust::Of(kOrigin, WithOutside(1));
  const std::string note = Cosigned({{"out-0", 60},
                                     {"out-1", 50},
                                     {"out-2", 70},
                                     {Institute(0), 2},
                                     {Institute(1), 90},
                                     {Institute(2), 95}});
  EXPECT_EQ(NamesIn(*trust.Minimal(note, kNow)),
            (std::vector<std::string>{kOrigin, "out-1", Institute(0), Institute(1)}));
}

TEST(Minimal, OfAMinimalNoteIsTheSame) {
  const std::string note =
      *Consortiums().Minimal(Cosigned({{Institute(0)}, {Institute(1)}, {Institute(2)}}), kNow);
  EXPECT_EQ(NamesIn(note).size(), 3U);
  EXPECT_EQ(*Consortiums().Minimal(note, kNow), note);
}

TEST(Minimal, KeepsTheLineOfTheLogThatIsTheOrigin) {
  Note note = *ParseNote(Cosigned({{"a"}}));
  note.signatures.insert(note.signatures.begin(),
                         SignNote(note.text, "other.example", KeyNamed("other log")));
  ASSERT_TRUE(OfTwoLogs().Open(WriteNote(note), kNow));
  const auto minimal = OfTwoLogs().Minimal(WriteNote(note), kNow);
  ASSERT_TRUE(minimal);
  EXPECT_EQ(NamesIn(*minimal), (std::vector<std::string>{kOrigin, "a"}));
  EXPECT_TRUE(OfTwoLogs().Open(*minimal, kNow));
}

TEST(Minimal, RefusesANoteWithoutAQuorum) {
  EXPECT_EQ(ErrorOf(Consortiums().Minimal(Cosigned({{Institute(0)}}), kNow)), Errc::kRefused);
}

TEST(Minimal, LeavesNoBitThatCanBeFlippedUnnoticed) {
  const Trust trust = Trust::Of(kOrigin, WithOutside(1));
  const std::string minimal = *trust.Minimal(
      Cosigned({{"out-0", 50}, {Institute(0), 2}, {Institute(1), 90}, {Institute(2), 4}}), kNow);
  ASSERT_TRUE(trust.Open(minimal, kNow));
  for (std::size_t bit = 0; bit < minimal.size() * 8; ++bit) {
    std::string flipped = minimal;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    ASSERT_FALSE(trust.Open(flipped, kNow)) << "bit " << bit << "\n" << flipped;
  }
}

}  // namespace
}  // namespace cityid
