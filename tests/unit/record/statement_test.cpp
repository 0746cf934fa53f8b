#include "ledger/record/statement.h"

#include <gtest/gtest.h>

#include "tests/world/consortium.h"

namespace cityid {
namespace {

const RecordHash kLog = HashRecord(AsBytes("a log"));
const DraftId kDraft = *DraftId::From(Sha256(AsBytes("a draft")).view());

Bytes Signed(const StatementBody& body, const SecretKey& key, Role role = Role::kInstitute) {
  return *SignStatement({kLog, body}, {{role, &key}});
}

TEST(Statement, SaysWhatWasSignedAndByWhom) {
  const SecretKey key = SecretKey::Generate();
  for (const StatementBody& body :
       {StatementBody(Withdraw{kDraft}), StatementBody(Reject{kDraft, "not yet"})}) {
    const auto verified = VerifyStatement(Signed(body, key));
    ASSERT_TRUE(verified) << verified.error().detail;
    EXPECT_EQ(verified->statement(), (Statement{kLog, body}));
    EXPECT_EQ(verified->signers(), (std::vector<Signer>{{Role::kInstitute, key.public_key()}}));
  }
}

TEST(Statement, IsNoRecordAndARecordIsNoStatement) {
  const SecretKey key = SecretKey::Generate();
  EXPECT_EQ(VerifyRecord(Signed(Withdraw{kDraft}, key)).error().code, Errc::kMalformed);
  const Record record{kLog, "MA.156", {}, {}, {}, Revoke{}};
  const auto entry = SignRecord(record, {{Role::kInstitute, &key}});
  ASSERT_TRUE(entry);
  EXPECT_EQ(VerifyStatement(*entry).error().code, Errc::kMalformed);
}

TEST(Statement, EveryChangedByteIsRefused) {
  const SecretKey key = SecretKey::Generate();
  const Bytes good = Signed(Reject{kDraft, "no"}, key);
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(VerifyStatement(bad)) << i;
  }
}

TEST(Statement, NeedsASignerAndHasABound) {
  EXPECT_EQ(SignStatement({kLog, Withdraw{kDraft}}, {}).error().code, Errc::kUsage);
  const SecretKey key = SecretKey::Generate();
  EXPECT_EQ(SignStatement({kLog, Withdraw{kDraft}}, {{Role::kHolder, &key}, {Role::kHolder, &key}})
                .error()
                .code,
            Errc::kUsage);
  const std::string large(kMaxStatement, 'a');
  EXPECT_EQ(SignStatement({kLog, Reject{kDraft, large}}, {{Role::kInstitute, &key}}).error().code,
            Errc::kTooLarge);
  EXPECT_EQ(VerifyStatement(Bytes(kMaxStatement + 1)).error().code, Errc::kTooLarge);
}

}  // namespace
}  // namespace cityid
