#include "resolver/routing/prefix.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

TEST(PageLimit, IsOneToAHundred) {
  EXPECT_EQ(*PageLimit(""), 20u);
  EXPECT_EQ(*PageLimit("", 7), 7u);
  EXPECT_EQ(*PageLimit("a=b&limit=1"), 1u);
  EXPECT_EQ(*PageLimit("limit=100"), 100u);
  for (const char* value :
       {"0", "101", "-1", "1e2", "", "x", "18446744073709551617", "1.0", "%31%00"})
    EXPECT_FALSE(PageLimit(std::string("limit=") + value)) << value;
}

}  // namespace
}  // namespace cityid
