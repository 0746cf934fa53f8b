#include "codec/time_text.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

TEST(ParseTime, TakesTheOneFormThatIsWritten) {
  EXPECT_TRUE(ParseTime("2027-01-15T08:00:00Z"));
  for (const char* other :
       {"2027-01-15T08:00:00z", "2027-01-15T08:00:00.5Z", "2027-02-29T08:00:00Z",
        "2027-01-15T08:00:60Z", "2027-01-15T08:00:00+00:00"})
    EXPECT_FALSE(ParseTime(other)) << other;
}

TEST(ParseDateTime, TakesEveryFormOfRfc3339) {
  const auto time = ParseTime("2027-01-15T08:00:00Z");
  for (const char* same :
       {"2027-01-15T08:00:00Z", "2027-01-15t08:00:00z", "2027-01-15T08:00:00.5Z",
        "2027-01-15T08:00:00.999999999Z", "2027-01-15T08:00:00+00:00", "2027-01-15T08:00:00-00:00",
        "2027-01-15T16:00:00+08:00", "2027-01-15T16:00:00 08:00", "2027-01-15T03:30:00.25-04:30",
        "2027-01-15 08:00:00Z", "2027-01-15T07:59:60Z"}) {
    EXPECT_EQ(ParseDateTime(same), time) << same;
  }
  EXPECT_EQ(ParseDateTime("2027-01-15T00:30:00+01:00"), ParseTime("2027-01-14T23:30:00Z"));
}

TEST(ParseDateTime, RefusesWhatIsNone) {
  for (const char* other :
       {"", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15T08:00Z", "2027-01-15T08:00:00.Z",
        "2027-01-15T08:00:00,5Z", "2027-01-15T08:00:00+8:00", "2027-01-15T08:00:00+0800",
        "2027-01-15T08:00:00+24:00", "2027-01-15T08:00:00+08:60", "2027-01-15T08:00:00.5",
        "2027-01-15T08:00:61Z", "2027-01-14T24:00:00Z", "2027-13-15T08:00:00Z",
        "2027-01-15T08:00:00ZZ", "2027-01-15T08:00:00*08:00", "2027-01-15T08:00:00+aa:00"})
    EXPECT_FALSE(ParseDateTime(other)) << other;
}

}  // namespace
}  // namespace cityid
