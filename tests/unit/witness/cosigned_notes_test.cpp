#include "ledger/witness/cosigned_notes.h"

#include <gtest/gtest.h>

#include "tests/world/published.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::KeyNamed;
using testing::kNow;
using testing::PublishedLedger;
using testing::PublishWith;
using testing::WitnessesNamed;

class CosignedNotesTest : public ::testing::Test {
 protected:
  /// Publishes one more entry with the cosignatures of these witnesses. Returns the note.
  std::string Publish(const std::vector<std::string>& witnesses) {
    const std::string id = "MA.156.T" + std::to_string(++cities_);
    EXPECT_TRUE(ledger_.replica().Append({consortium_.AssignEntry(id, consortium_.Institutes(2))},
                                         kNow, Refused::kLeftOut, PublishWith({"log"}, witnesses)));
    return ledger_.Note();
  }
  /// Publishes the present head again, with other cosignatures.
  void Replace(const std::vector<std::string>& witnesses) {
    EXPECT_TRUE(
        ledger_.replica().Append({}, kNow, Refused::kLeftOut, PublishWith({"log"}, witnesses)));
  }
  std::optional<std::string> Newest() { return *notes_.Newest(); }

  Consortium consortium_;
  PublishedLedger ledger_{consortium_};  // its first head has the lines of all
  CosignedNotes notes_{ledger_.replica(), KeyNamed(WitnessesNamed(1)[0]).public_key()};
  const std::vector<std::string> others_ = {WitnessesNamed(3)[1], WitnessesNamed(3)[2]};
  int cities_ = 0;
};

TEST_F(CosignedNotesTest, HasTheNewestWithItsLine) {
  EXPECT_EQ(Newest(), ledger_.Note());
  const std::string second = Publish(WitnessesNamed(3));
  EXPECT_EQ(Newest(), second);
}

TEST_F(CosignedNotesTest, HasNoneOfAStranger) {
  CosignedNotes strangers(ledger_.replica(), KeyNamed("stranger").public_key());
  EXPECT_EQ(*strangers.Newest(), std::nullopt);
  Publish(others_);
  EXPECT_EQ(*strangers.Newest(), std::nullopt);
}

TEST_F(CosignedNotesTest, SkipsNewerOnesOfOthers) {
  const std::string first = ledger_.Note();
  for (int i = 0; i < 3; ++i) {
    Publish(others_);
    EXPECT_EQ(Newest(), first);
  }
  EXPECT_EQ(*CosignedNotes(ledger_.replica(), KeyNamed(WitnessesNamed(1)[0]).public_key()).Newest(),
            first);
}

TEST_F(CosignedNotesTest, SeesALineThatComesLater) {
  Publish(others_);
  ASSERT_NE(Newest(), ledger_.Note());
  Replace(WitnessesNamed(3));
  EXPECT_EQ(Newest(), ledger_.Note());
}

TEST_F(CosignedNotesTest, GoesBackIfANoteIsReplacedByOneWithoutItsLine) {
  const std::string first = ledger_.Note();
  const std::string second = Publish(WitnessesNamed(3));
  EXPECT_EQ(Newest(), second);
  Replace(others_);
  EXPECT_EQ(Newest(), first);
  Publish(others_);
  EXPECT_EQ(Newest(), first);
}

}  // namespace
}  // namespace cityid
