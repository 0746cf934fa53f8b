#include "ledger/proof/trust.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/world/consortium.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::KeyNamed;
using testing::kNow;

constexpr const char* kOrigin = "id.example.cn/ledger";

/// The code of the error; nothing if there is none.
template <class T>
std::optional<Errc> ErrorOf(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

/// The witness key of an institute of `Consortium`, and of anybody who is called so.
SecretKey WitnessKey(const std::string& name) { return KeyNamed(name + " witness"); }

std::string LogKey(const std::string& origin = kOrigin, const std::string& key = "log") {
  return NoteKey{origin, NoteKeyType::kEd25519, KeyNamed(key).public_key()}.vkey();
}
std::string WitnessVkey(const std::string& name) {
  return NoteKey{name, NoteKeyType::kCosignature, WitnessKey(name).public_key()}.vkey();
}
std::string WitnessLine(const std::string& name) {
  return "witness " + name + " " + WitnessVkey(name) + "\n";
}

/// A log and the witnesses a, b, c and d.
std::string Known() {
  return "log " + LogKey() + "\n" + WitnessLine("a") + WitnessLine("b") + WitnessLine("c") +
         WitnessLine("d");
}

std::string TextOf(const std::string& origin = kOrigin) {
  return Checkpoint{origin, TreeSize{5}, *RootHash::From(Bytes(32, 0xAA))}.text();
}

/// A name, and when it cosigned, in seconds before `kNow`.
struct Cosigner {
  std::string name;
  int age = 0;
};

std::string Cosigned(const std::vector<Cosigner>& cosigners, const std::string& text = TextOf()) {
  Note note{text, {SignNote(text, kOrigin, KeyNamed("log"))}};
  for (const auto& [name, age] : cosigners)
    note.signatures.push_back(CosignNote(text, name, WitnessKey(name), kNow - seconds(age)));
  return WriteNote(note);
}

std::string Institute(int i) { return "institute-" + std::to_string(i) + ".example"; }

/// Two of three institutes.
Policy InstitutesOnly() { return Consortium().policy(); }

/// The same, and `quorum` of the outside witnesses out-0 to out-2.
Policy WithOutside(std::uint8_t quorum) {
  Policy policy = InstitutesOnly();
  for (int i = 0; i < 3; ++i) {
    const std::string name = "out-" + std::to_string(i);
    policy.witnesses.push_back({name, WitnessKey(name).public_key()});
  }
  policy.witness_quorum = quorum;
  return policy;
}

Trust Consortiums() { return Trust::Of(kOrigin, InstitutesOnly()); }

/// How fresh a note is by a trust file, in seconds before `kNow`; nothing if there is no quorum.
std::optional<int> AgeBy(const std::string& trust, const std::vector<Cosigner>& cosigners) {
  const auto parsed = Trust::Parse(trust);
  if (!parsed) {
    ADD_FAILURE() << parsed.error().detail;
    return std::nullopt;
  }
  const auto opened = parsed->Open(Cosigned(cosigners), kNow);
  if (!opened) {
    EXPECT_EQ(opened.error().code, Errc::kRefused) << opened.error().detail;
    return std::nullopt;
  }
  return static_cast<int>((kNow - opened->time).count());
}

TEST(TrustFile, MayHaveCommentsEmptyLinesTabsAndUrls) {
  const auto trust = Trust::Parse("# a comment \u57CE\n\n \t \n  # another\nlog \t" + LogKey() +
                                  " https://id.example.cn/\n\twitness a  " + WitnessVkey("a") +
                                  "\thttps://a.example/ \ngroup g 1 a\nquorum g\n");
  ASSERT_TRUE(trust) << trust.error().detail;
  EXPECT_EQ(trust->text(), "log " + LogKey() + "\n" + WitnessLine("a") + "group g 1 a\nquorum g\n");
  ASSERT_EQ(trust->logs().size(), 1U);
  EXPECT_EQ(trust->logs()[0].vkey(), LogKey());
  ASSERT_EQ(trust->WitnessKeys().size(), 1U);
  EXPECT_EQ(trust->WitnessKeys()[0].vkey(), WitnessVkey("a"));
}

TEST(TrustFile, MayHaveOneWitnessForItsQuorum) {
  const std::string trust = Known() + "quorum b\n";
  EXPECT_EQ(AgeBy(trust, {{"b", 7}}), 7);
  EXPECT_EQ(AgeBy(trust, {{"a", 7}}), std::nullopt);
}

TEST(TrustFile, GroupOfAnyNeedsOneMemberAndTakesTheNewest) {
  const std::string trust = Known() + "group g any a b c\nquorum g\n";
  EXPECT_EQ(AgeBy(trust, {{"a", 9}, {"b", 3}, {"c", 5}}), 3);
  EXPECT_EQ(AgeBy(trust, {{"c", 5}}), 5);
  EXPECT_EQ(AgeBy(trust, {{"d", 0}}), std::nullopt);
}

TEST(TrustFile, GroupOfAllNeedsEachMemberAndTakesTheOldest) {
  const std::string trust = Known() + "group g all a b c\nquorum g\n";
  EXPECT_EQ(AgeBy(trust, {{"a", 9}, {"b", 3}, {"c", 5}}), 9);
  EXPECT_EQ(AgeBy(trust, {{"a", 9}, {"b", 3}, {"d", 5}}), std::nullopt);
}

TEST(TrustFile, GroupOfKNeedsKMembersAndTakesTheKthNewest) {
  const std::string trust = Known() + "group g 2 a b c\nquorum g\n";
  EXPECT_EQ(AgeBy(trust, {{"a", 9}, {"b", 3}, {"c", 5}}), 5);
  EXPECT_EQ(AgeBy(trust, {{"a", 9}, {"b", 3}}), 9);
  EXPECT_EQ(AgeBy(trust, {{"a", 9}, {"d", 3}}), std::nullopt);
}

TEST(TrustFile, GroupsNest) {
  // b and d alone are one each: the inner group is one member of the outer one.
  const std::string trust = Known() + "group in 2 a b c\ngroup out 2 in d\nquorum out\n";
  EXPECT_EQ(AgeBy(trust, {{"a", 9}, {"b", 3}, {"d", 4}}), 9);
  EXPECT_EQ(AgeBy(trust, {{"a", 1}, {"b", 3}, {"d", 4}}), 4);
  EXPECT_EQ(AgeBy(trust, {{"a", 9}, {"b", 3}, {"c", 5}}), std::nullopt);
  EXPECT_EQ(AgeBy(trust, {{"b", 3}, {"d", 4}}), std::nullopt);
}

TEST(TrustFile, AMemberOutsideTheQuorumDoesNotCount) {
  const std::string trust = Known() + "group g 2 a b\ngroup other any c d\nquorum g\n";
  EXPECT_EQ(AgeBy(trust, {{"a", 0}, {"c", 0}, {"d", 0}}), std::nullopt);
}

TEST(TrustFile, WithQuorumNoneIsReadAndOpensNothing) {
  const auto trust = Trust::Parse("log " + LogKey() + "\nquorum none\n");
  ASSERT_TRUE(trust) << trust.error().detail;
  EXPECT_EQ(trust->text(), "log " + LogKey() + "\nquorum none\n");
  EXPECT_EQ(ErrorOf(trust->Open(Cosigned({{"a"}, {"b"}}), kNow)), Errc::kRefused);
}

TEST(TrustFile, SaysWhichLineIsWrong) {
  const auto trust = Trust::Parse("# one\nlog " + LogKey() + "\n\nwitness a\n");
  ASSERT_FALSE(trust);
  EXPECT_NE(trust.error().detail.find("line 4"), std::string::npos) << trust.error().detail;
}

TEST(TrustFile, IsAtMost64KiB) {
  const std::string trust = Known() + "quorum a\n";
  const std::string filled = "#" + std::string(64 * 1024 - trust.size() - 2, 'x') + "\n" + trust;
  EXPECT_TRUE(Trust::Parse(filled));
  EXPECT_EQ(ErrorOf(Trust::Parse("#" + filled)), Errc::kTooLarge);
}

/// `count` lines of one kind, each with a key or name of its own.
std::string Logs(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "log " + LogKey(kOrigin, std::to_string(i)) + "\n";
  return text;
}
std::string Witnesses(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += WitnessLine("w" + std::to_string(i));
  return text;
}
std::string Groups(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += "group g" + std::to_string(i) + " 1 w" + std::to_string(i) + "\n";
  return text;
}

TEST(TrustFile, Has32LogsAtMost) {
  EXPECT_EQ(ErrorOf(Trust::Parse(Logs(32) + "quorum none\n")), std::nullopt);
  EXPECT_EQ(ErrorOf(Trust::Parse(Logs(33) + "quorum none\n")), Errc::kTooLarge);
}

TEST(TrustFile, Has64WitnessesAtMost) {
  EXPECT_EQ(ErrorOf(Trust::Parse(Witnesses(64) + "quorum w0\n")), std::nullopt);
  EXPECT_EQ(ErrorOf(Trust::Parse(Witnesses(65) + "quorum w0\n")), Errc::kTooLarge);
}

TEST(TrustFile, Has32GroupsAtMost) {
  EXPECT_EQ(ErrorOf(Trust::Parse(Witnesses(33) + Groups(32) + "quorum g0\n")), std::nullopt);
  EXPECT_EQ(ErrorOf(Trust::Parse(Witnesses(33) + Groups(33) + "quorum g0\n")), Errc::kTooLarge);
}

/// Lines after `Known` that spoil it; `quorum a` follows where they have no quorum line.
struct Malformed {
  const char* claim;
  std::string lines;
  Errc code = Errc::kMalformed;
};

void PrintTo(const Malformed& malformed, std::ostream* out) { *out << malformed.claim; }

class MalformedTrustFile : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedTrustFile, IsRefused) {
  std::string text = Known() + GetParam().lines;
  if (text.find("quorum") == std::string::npos) text += "quorum a\n";
  EXPECT_EQ(ErrorOf(Trust::Parse(text)), GetParam().code) << GetParam().lines;
}

std::string OfType2() {
  std::string vkey = NoteKey{"e", NoteKeyType::kEd25519, {}}.vkey();
  return vkey.replace(vkey.rfind('+') + 1, 2, "Ag");
}

INSTANTIATE_TEST_SUITE_P(
    Line, MalformedTrustFile,
    ::testing::Values(
        Malformed{"UnknownWord", "policy x\n"}, Malformed{"WordInUpperCase", "Quorum a\n"},
        Malformed{"CommentBehindALine", "quorum a # yes\n"}, Malformed{"CarriageReturn", "# x\r\n"},
        Malformed{"NulCharacter", std::string("# \0\n", 4)}, Malformed{"LogWithoutKey", "log\n"},
        Malformed{"LogWithUnreadableKey", "log example.com/foo\n"},
        Malformed{"LogWithTooMuch", "log " + LogKey("x", "x") + " https://x.example/ y\n"},
        Malformed{"LogKeyTwice", "log " + LogKey() + "\n"},
        Malformed{"LogWithAWitnessKey", "log " + WitnessVkey("e") + "\n"},
        Malformed{"LogWithAnUnknownKeyType", "log " + OfType2() + "\n", Errc::kUnsupported},
        Malformed{"WitnessWithoutNameAndKey", "witness\n"},
        Malformed{"WitnessWithoutKey", "witness e\n"},
        Malformed{"WitnessWithoutName", "witness " + WitnessVkey("e") + "\n"},
        Malformed{"WitnessWithTooMuch",
                  "witness e " + WitnessVkey("e") + " https://e.example/ y\n"},
        Malformed{"WitnessWithALogKey", "witness e " + LogKey() + "\n"},
        Malformed{"WitnessWithAnUnknownKeyType", "witness e " + OfType2() + "\n",
                  Errc::kUnsupported},
        Malformed{"WitnessNameTwice", "witness a " + WitnessVkey("e") + "\n"},
        Malformed{"WitnessKeyTwice", "witness e " + WitnessVkey("a") + "\n"},
        Malformed{"WitnessCalledNone", "witness none " + WitnessVkey("e") + "\n"},
        Malformed{"GroupWithoutAnything", "group\n"},
        Malformed{"GroupWithoutThreshold", "group g\n"},
        Malformed{"GroupWithoutMembers", "group g any\n"},
        Malformed{"GroupCalledNone", "group none any a\n"},
        Malformed{"GroupCalledAsAWitness", "group a any b\n"},
        Malformed{"GroupNameTwice", "group g any a\ngroup g any b\n"},
        Malformed{"GroupWithUnknownMember", "group g any a e\n"},
        Malformed{"GroupWithAMemberDefinedLater", "group g any h\ngroup h any a\n"},
        Malformed{"GroupInItself", "group g any g\n"},
        Malformed{"GroupWithNone", "group g any none\n"},
        Malformed{"GroupWithAMemberTwice", "group g 2 a b a\n"},
        Malformed{"MemberOfTwoGroups", "group g any a b\ngroup h any b c\n"},
        Malformed{"ThresholdOf0", "group g 0 a b\n"},
        Malformed{"ThresholdAboveTheMembers", "group g 3 a b\n"},
        Malformed{"ThresholdWithALeadingZero", "group g 01 a b\n"},
        Malformed{"ThresholdWithASign", "group g +1 a b\n"},
        Malformed{"ThresholdThatIsNoNumber", "group g most a b\n"},
        Malformed{"ThresholdOver64Bits", "group g 18446744073709551617 a b\n"},
        Malformed{"QuorumWithoutName", "quorum\n"}, Malformed{"QuorumOfTwoNames", "quorum a b\n"},
        Malformed{"QuorumOfAnUnknownName", "quorum e\n"},
        Malformed{"QuorumBeforeItsGroup", "quorum g\ngroup g any a\n"},
        Malformed{"QuorumTwice", "quorum a\nquorum a\n"},
        Malformed{"QuorumNoneAndAnother", "quorum none\nquorum a\n"},
        Malformed{"QuorumWithoutEndOfLine", "quorum a"}),
    [](const auto& line) { return line.param.claim; });

TEST(TrustFile, RefusesATextWithoutAQuorumLine) {
  EXPECT_EQ(ErrorOf(Trust::Parse(Known())), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(Trust::Parse("")), Errc::kMalformed);
}

TEST(TrustOf, APolicyRoundTripsThroughItsText) {
  for (const Policy& policy : {InstitutesOnly(), WithOutside(0), WithOutside(1), WithOutside(3)}) {
    const Trust trust = Trust::Of(kOrigin, policy);
    const auto parsed = Trust::Parse(trust.text());
    ASSERT_TRUE(parsed) << parsed.error().detail << "\n" << trust.text();
    EXPECT_EQ(*parsed, trust);
    EXPECT_EQ(parsed->text(), trust.text());
    EXPECT_EQ(trust.WitnessKeys().size(), policy.institutes.size() + policy.witnesses.size());
  }
}

TEST(TrustOf, APolicyKeepsEveryLogKeyUnderTheOrigin) {
  Policy policy = InstitutesOnly();
  policy.log_keys.push_back(KeyNamed("next log").public_key());
  const Trust trust = Trust::Of(kOrigin, policy);
  ASSERT_EQ(trust.logs().size(), 2U);
  EXPECT_EQ(trust.logs()[0].vkey(), LogKey());
  EXPECT_EQ(trust.logs()[1].vkey(), LogKey(kOrigin, "next log"));
}

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
