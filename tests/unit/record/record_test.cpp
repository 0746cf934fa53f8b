#include <gtest/gtest.h>

#include "codec/cbor.h"
#include "codec/cose.h"
#include "ledger/record/signed_record.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::KeyNamed;

TEST(VerifyRecord, GivesBackWhatWasSignedAndByWhom) {
  const Consortium consortium;
  const auto verified = VerifyRecord(consortium.genesis());
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->record(), consortium.GenesisRecord());
  EXPECT_EQ(verified->signers().size(), 7u);
  EXPECT_EQ(verified->hash(), HashRecord(consortium.genesis()));
}

TEST(VerifyRecord, NoticesEveryFlippedBit) {
  const Consortium consortium;
  Bytes entry = consortium.AssignEntry("MA.156.1301", consortium.Institutes(2));
  for (std::size_t bit = 0; bit < entry.size() * 8; ++bit) {
    entry[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(VerifyRecord(entry)) << "bit " << bit;
    entry[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
  }
  EXPECT_TRUE(VerifyRecord(entry));
}

TEST(ParseRecord, RefusesEveryTruncationAndTrailingBytes) {
  const Consortium consortium;
  Bytes entry = consortium.genesis();
  for (std::size_t size = 0; size < entry.size(); ++size) {
    EXPECT_FALSE(ParseRecord(ByteView(entry).first(size))) << size;
  }
  entry.push_back(0);
  EXPECT_FALSE(ParseRecord(entry));
}

TEST(ParseRecord, RefusesAnUnprotectedHeader) {
  const Consortium consortium;
  const auto sign = ParseCoseSign(consortium.genesis());
  ASSERT_TRUE(sign);
  CborWriter out;
  out.Tag(kTagSign).Array(4).ByteString(sign->protected_header).Map(1).Uint(99).Uint(1);
  out.ByteString(sign->payload).Array(1).Array(3);
  const CoseSigner& signer = sign->signers[0];
  out.ByteString(signer.protected_header).Map(0).ByteString(signer.signature);
  const auto parsed = ParseRecord(out.bytes());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().detail, "record: unprotected header is not empty");
}

TEST(ParseRecord, RefusesSignersOutOfOrder) {
  const Consortium consortium;
  auto sign = ParseCoseSign(consortium.genesis());
  ASSERT_TRUE(sign);
  std::swap(sign->signers[0], sign->signers[1]);
  const auto parsed =
      ParseRecord(WriteCoseSign(sign->protected_header, sign->payload, sign->signers));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().detail, "record: signers out of order or twice");
}

TEST(ParseRecord, RefusesTheSameSignerTwice) {
  const Consortium consortium;
  auto sign = ParseCoseSign(consortium.genesis());
  ASSERT_TRUE(sign);
  sign->signers.insert(sign->signers.begin(), sign->signers[0]);
  EXPECT_FALSE(ParseRecord(WriteCoseSign(sign->protected_header, sign->payload, sign->signers)));
}

TEST(ParseRecord, RefusesAnUnknownField) {
  CborWriter payload;
  payload.Map(2).Uint(1).Uint(4).Uint(99).Uint(0);
  const Consortium consortium;
  const auto sign = ParseCoseSign(consortium.genesis());
  const auto parsed =
      ParseRecord(WriteCoseSign(sign->protected_header, payload.bytes(), sign->signers));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::kMalformed);
}

TEST(ParseRecord, RefusesOver32KiB) {
  Consortium consortium;
  Record record = consortium.AssignRecord("MA.156.1301", {});
  auto& assign = std::get<Assign>(record.body);
  for (int i = 0; i < 64; ++i) {
    Endpoint endpoint;
    endpoint.rel = "service-desc";
    endpoint.href = "https://a.example/" + std::string(600, 'x');
    assign.holding.endpoints.push_back(endpoint);
  }
  const auto entry = SignRecord(record, consortium.Institutes(2));
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, Errc::kTooLarge);
  EXPECT_EQ(ParseRecord(Bytes(kMaxRecord + 1)).error().code, Errc::kTooLarge);
}

TEST(DraftSign, MakesTheSameEntryInAnyOrder) {
  const Consortium consortium;
  const Record record = consortium.AssignRecord("MA.156.1301", {});
  const auto keys = consortium.Institutes(3);
  const auto at_once = SignRecord(record, keys);
  ASSERT_TRUE(at_once);
  const auto entry = SignRecord(record, {keys[2]});
  ASSERT_TRUE(entry);
  auto draft = Draft::Parse(*entry);
  ASSERT_TRUE(draft);
  ASSERT_TRUE(draft->Sign(keys[0]));
  ASSERT_TRUE(draft->Sign(keys[1]));
  EXPECT_EQ(*draft->Write(), *at_once);
}

TEST(DraftSign, RefusesTheSameKeyTwiceInARole) {
  const Consortium consortium;
  const auto entry =
      SignRecord(consortium.AssignRecord("MA.156.1301", {}), consortium.Institutes(1));
  const auto again = Draft::Parse(*entry)->Sign(consortium.Institutes(1)[0]);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kRefused);
}

TEST(DraftFinish, RefusesAMergedSignatureThatIsForged) {
  const Consortium consortium;
  const Record record = consortium.AssignRecord("MA.156.1301", {});
  Bytes forged = *SignRecord(record, {consortium.Institutes(2)[1]});
  forged.back() ^= 1;
  Draft draft(record);
  ASSERT_TRUE(draft.Sign(consortium.Institutes(1)[0]));
  ASSERT_TRUE(draft.Merge(*Draft::Parse(forged)));
  EXPECT_EQ(draft.signers().size(), 2u);
  const auto finished = std::move(draft).Finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::kForged);
}

TEST(DraftFinish, IsWhatVerifyRecordSaysOfTheEntry) {
  const Consortium consortium;
  auto draft = Draft::Parse(consortium.genesis());
  ASSERT_TRUE(draft);
  const auto finished = (*std::move(draft)).Finish();
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->entry, consortium.genesis());
  const auto verified = VerifyRecord(consortium.genesis());
  EXPECT_EQ(finished->verified.hash(), verified->hash());
  EXPECT_EQ(finished->verified.draft_id(), verified->draft_id());
  EXPECT_EQ(finished->verified.signers(), verified->signers());
}

TEST(DraftMerge, RefusesAnotherRecord) {
  const Consortium consortium;
  Draft draft(consortium.AssignRecord("MA.156.1301", {}));
  const auto merged = draft.Merge(Draft(consortium.AssignRecord("MA.156.1302", {})));
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, Errc::kUsage);
}

}  // namespace
}  // namespace cityid
