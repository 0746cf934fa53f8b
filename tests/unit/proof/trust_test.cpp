#include "ledger/proof/trust.h"

#include <gtest/gtest.h>

#include "tests/unit/proof/cosigned_notes.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using testing::AgeBy;
using testing::Consortiums;
using testing::Cosigned;
using testing::Cosigner;
using testing::ErrorOf;
using testing::InstitutesOnly;
using testing::KeyNamed;
using testing::kNow;
using testing::Known;
using testing::kOrigin;
using testing::LogKey;
using testing::WithOutside;
using testing::WitnessLine;
using testing::WitnessVkey;

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
        Malformed{"WitnessWithoutNameAndKey", "witness\n"},
        Malformed{"WitnessWithoutKey", "witness e\n"},
        Malformed{"WitnessWithoutName", "witness " + WitnessVkey("e") + "\n"},
        Malformed{"WitnessWithTooMuch",
                  "witness e " + WitnessVkey("e") + " https://e.example/ y\n"},
        Malformed{"WitnessWithALogKey", "witness e " + LogKey() + "\n"},
        Malformed{"QuorumOfAnUnknownKeyType", "witness e " + OfType2() + "\nquorum e\n",
                  Errc::kUnsupported},
        Malformed{"QuorumThatNeedsAnUnknownKeyType",
                  "witness e " + OfType2() + "\ngroup g all a e\nquorum g\n", Errc::kUnsupported},
        Malformed{"UnknownLogKeyTwice",
                  "log " + OfType2() + "\nlog " + OfType2().replace(0, 1, "f") + "\n"},
        Malformed{"UnknownWitnessKeyTwice",
                  "witness e " + OfType2() + "\nwitness f " + OfType2() + "\n"},
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

TEST(TrustFile, MayHaveKeysOfUnknownTypesThatNobodyNeeds) {
  const std::string text = "log " + LogKey() + "\nlog " + OfType2() + "\n" + WitnessLine("a") +
                           "witness e " + OfType2() + "\ngroup g 1 a e\nquorum g\n";
  const auto trust = Trust::Parse(text);
  ASSERT_TRUE(trust) << trust.error().detail;
  EXPECT_EQ(trust->text(), text);
  EXPECT_EQ(*Trust::Parse(trust->text()), *trust);
  EXPECT_EQ(trust->logs().size(), 1U);
  EXPECT_EQ(trust->WitnessKeys().size(), 1U);
  EXPECT_EQ(AgeBy(text, {{"a", 7}}), 7);
}

TEST(TrustFile, NeedsALogWhoseKeyIsKnown) {
  const std::string witness = WitnessLine("a") + "quorum a\n";
  EXPECT_EQ(ErrorOf(Trust::Parse("log " + OfType2() + "\n" + witness)), Errc::kUnsupported);
  EXPECT_TRUE(Trust::Parse(witness)) << "the log is known otherwise";
}

TEST(TrustFile, CountsKeysOfUnknownTypesAsWitnesses) {
  std::string text = Witnesses(63);
  const auto unknown = [](int i) {
    std::string vkey = OfType2();
    vkey.replace(vkey.size() - 6, 1, std::string(1, static_cast<char>('A' + i)));
    return "witness u" + std::to_string(i) + " " + vkey + "\n";
  };
  EXPECT_TRUE(Trust::Parse(text + unknown(0) + "quorum w0\n"));
  EXPECT_EQ(ErrorOf(Trust::Parse(text + unknown(0) + unknown(1) + "quorum w0\n")), Errc::kTooLarge);
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

}  // namespace
}  // namespace cityid
