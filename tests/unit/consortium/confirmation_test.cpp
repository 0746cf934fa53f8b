#include "ledger/consortium/confirmation.h"

#include <gtest/gtest.h>

#include "ledger/cosigning/cosigner.h"
#include "tests/world/published.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::KeyNamed;
using testing::KeysNamed;
using testing::kNow;
using testing::PublishedLedger;
using testing::ScratchDirectory;
using testing::WitnessesNamed;

/// A log of which only the checkpoint can be had.
class NoteSource : public Source {
 public:
  explicit NoteSource(std::string note) : note_(std::move(note)) {}
  Result<std::optional<std::string>> Note() override { return std::optional(note_); }
  Result<std::optional<Bytes>> File(const LogFile&) override { return std::optional<Bytes>(); }
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t) override {
    return std::optional<Bytes>();
  }
  std::string name() const override { return "a witness"; }

 private:
  std::string note_;
};

/// The witness of an institute on another machine, which has what is published and nothing more.
class LevelWitness : public Cosigner {
 public:
  LevelWitness(std::size_t institute, std::string note)
      : name_("institute-" + std::to_string(institute) + ".example"), note_(std::move(note)) {}
  Result<WitnessReply> AddCheckpoint(const std::string& text) override {
    const auto note = ParseNote(CosignRequest::Parse(text)->note);
    return WitnessReply{
        200,
        WriteSignatureLine(CosignNote(note->text, name_, KeyNamed(name_ + " witness"), kNow)),
        {}};
  }
  std::unique_ptr<Source> Log(const std::string&) const override {
    return std::make_unique<NoteSource>(note_);
  }
  std::string name() const override { return name_; }

 private:
  std::string name_, note_;
};

/// A registry with the log key, the witness key of the first institute, and some of the others.
class ConfirmationTest : public ::testing::Test {
 protected:
  Standing StepWith(std::vector<std::size_t> elsewhere, std::vector<std::string> without,
                    std::size_t keys_here = 1) {
    PublisherParts parts;
    parts.log_keys = KeysNamed({"log"});
    parts.witness_keys = KeysNamed(WitnessesNamed(keys_here));
    for (const std::size_t institute : elsewhere)
      parts.cosigners.push_back(std::make_unique<LevelWitness>(institute, ledger_.Note()));
    parts.journal = *Journal::Open(scratch_.path() / "ledger.signed");
    Publisher publisher(std::move(parts));
    Confirmation confirmation(ledger_.replica(), publisher, std::move(without));
    const auto standing = confirmation.Step();
    EXPECT_TRUE(standing) << standing.error().detail;
    return standing ? *standing : Standing{};
  }
  /// Writes the journal of these keys as it is after the published head.
  void Remember(const std::vector<std::string>& names) {
    auto journal = *Journal::Open(scratch_.path() / "ledger.signed");
    const Head head = ledger_.Read().head();
    const Checkpoint tree{"id.example.cn/ledger", head.size, head.root};
    std::vector<PublicKey> keys;
    for (const std::string& name : names) keys.push_back(KeyNamed(name).public_key());
    ASSERT_TRUE(journal.Replace(keys, SignedTree{tree, tree.text(), head.size, {}}));
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  PublishedLedger ledger_{consortium_};
  const std::string here_ = "institute-0.example";
  const std::string silent_ = "institute-2.example";
};

using Kind = Standing::Kind;

TEST_F(ConfirmationTest, AnUnconfirmedRegistryDoesNotConfirmItself) {
  // No journal: one witness elsewhere and the operator's word are not two institutes.
  const Standing standing = StepWith({1}, {here_, silent_});
  EXPECT_EQ(standing.kind, Kind::kUnconfirmed);
  EXPECT_NE(standing.waits_for.find("1 of 2 institutes"), std::string::npos) << standing.waits_for;
  EXPECT_EQ(StepWith({1, 2}, {here_}).kind, Kind::kConfirmed);
}

TEST_F(ConfirmationTest, NeitherDoesTheJournalOfItsWitnessKey) {
  Remember({"institute-0.example witness"});  // nothing is known of the log key
  EXPECT_EQ(StepWith({1}, {silent_}).kind, Kind::kUnconfirmed);
  EXPECT_EQ(StepWith({1, 2}, {}).kind, Kind::kConfirmed);
}

TEST_F(ConfirmationTest, WhereTheOthersAreTooFewTheOperatorsWordCounts) {
  EXPECT_EQ(StepWith({2}, {}, 2).kind, Kind::kUnconfirmed);
  EXPECT_EQ(StepWith({2}, {here_, "institute-1.example"}, 2).kind, Kind::kConfirmed);
}

TEST_F(ConfirmationTest, AJournalThatAgreesCountsForAKeyHere) {
  Remember({"log", "institute-0.example witness"});
  EXPECT_EQ(StepWith({}, {}).kind, Kind::kAsking);
  EXPECT_EQ(StepWith({1}, {}).kind, Kind::kConfirmed);
}

}  // namespace
}  // namespace cityid
