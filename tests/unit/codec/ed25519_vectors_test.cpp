// The edge cases of Ed25519 verification that C2SP collected.
#include <gtest/gtest.h>

#include <set>

#include "codec/ed25519.h"
#include "tests/unit/codec/vector_file.h"

namespace cityid {
namespace {

TEST(VerifySignature, DecidesTheEdgeCasesByTheirFlags) {
  const std::set<std::string> known = {
      "low_order_A",     "low_order_R",     "low_order_component_A", "low_order_component_R",
      "non_canonical_A", "non_canonical_R", "low_order_residue",     "reencoded_k"};
  // A component of low order alone is no reason: it can't be told from the point. A residue is
  // one, because our equation has no cofactor.
  const std::set<std::string> reasons = {"low_order_A",     "low_order_R",       "non_canonical_A",
                                         "non_canonical_R", "low_order_residue", "reencoded_k"};
  int accepted = 0;
  int refused = 0;
  for (const auto& vector : ReadJson(SharedVectors("ed25519") / "ed25519vectors.json")) {
    bool refuse = false;
    if (!vector["flags"].is_null()) {
      for (const auto& flag : vector["flags"]) {
        ASSERT_TRUE(known.contains(flag)) << flag;
        refuse = refuse || reasons.contains(flag);
      }
    }
    EXPECT_EQ(VerifySignature(FixedOf<PublicKey>(vector["key"]),
                              AsBytes(vector["msg"].get<std::string>()),
                              FixedOf<Signature>(vector["sig"])),
              !refuse)
        << vector;
    ++(refuse ? refused : accepted);
  }
  EXPECT_EQ(accepted, 43);
  EXPECT_EQ(refused, 871);
}

}  // namespace
}  // namespace cityid
