#include "ledger/cosigning/journal.h"

#include <gtest/gtest.h>

#include "tests/world/published.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::KeyNamed;
using testing::PublishedLedger;
using testing::ScratchDirectory;

/// The journal of a witness that has promised something.
class GivenUpTest : public ::testing::Test {
 protected:
  Checkpoint Head() const {
    const LedgerView view = ledger_.Read();
    return {"id.example.cn/ledger", view.head().size, view.head().root};
  }
  void AppendCity(const std::string& id) {
    ledger_.Append({consortium_.AssignEntry(id, consortium_.Institutes(2))});
  }
  Journal Open() const { return *Journal::Open(scratch_.path() / "w.signed"); }
  Result<void> Keep(Journal& journal, const Checkpoint& tree) {
    return journal.Keep(ledger_.Read(), SignedTree{tree, tree.text(), tree.size, {}},
                        {KeyNamed("w").public_key()});
  }
  static Checkpoint Other(Checkpoint tree) {
    Bytes root = ToBytes(tree.root.view());
    root[0] ^= 1;
    tree.root = *RootHash::From(root);
    return tree;
  }

  ScratchDirectory scratch_;
  Consortium consortium_;
  PublishedLedger ledger_{consortium_};
};

TEST_F(GivenUpTest, NeitherTheTreeNorWhatContinuesItIsEverKept) {
  AppendCity("MA.156.A1");
  const Checkpoint tree = Head();
  {
    Journal journal = Open();
    ASSERT_TRUE(Keep(journal, tree));
    ASSERT_TRUE(journal.KeepPromise({{tree, true}}, "the promise"));
  }
  Journal journal = Open();
  ASSERT_EQ(journal.given_up().size(), 1U);
  EXPECT_TRUE(journal.given_up().front().had_cosigned);
  EXPECT_EQ(journal.release(), std::vector<std::string>{"the promise"});
  EXPECT_EQ(Keep(journal, tree).error().code, Errc::kForged) << "also if it is the newest";
  AppendCity("MA.156.A2");
  EXPECT_EQ(Keep(journal, Head()).error().code, Errc::kForged);
  EXPECT_EQ(Open().newest()->checkpoint, tree);
}

TEST_F(GivenUpTest, AnotherTreeOfThatSizeIsKept) {
  AppendCity("MA.156.A1");
  Journal journal = Open();
  ASSERT_TRUE(journal.KeepPromise({{Other(Head()), false}}, "the promise"));
  EXPECT_TRUE(Keep(journal, Head()));
  AppendCity("MA.156.A2");
  EXPECT_TRUE(Keep(journal, Head()));
}

TEST_F(GivenUpTest, ItKnowsOnTopOfWhichHeadItBegan) {
  const TreeSize base = Head().size;
  AppendCity("MA.156.A1");
  const auto tree = [&](TreeSize before) {
    const Checkpoint head = Head();
    return SignedTree{head, head.text(), before, {}};
  };
  {
    Journal journal = Open();
    ASSERT_TRUE(journal.Cover({KeyNamed("w").public_key()}));
    EXPECT_FALSE(journal.began()) << "nobody has signed yet";
    ASSERT_TRUE(journal.Keep(ledger_.Read(), tree(base), {KeyNamed("w").public_key()}));
    EXPECT_EQ(journal.began(), base);
  }
  const TreeSize second = Head().size;
  AppendCity("MA.156.A2");
  {
    Journal journal = Open();
    ASSERT_TRUE(journal.Keep(ledger_.Read(), tree(second), {KeyNamed("w").public_key()}));
    EXPECT_EQ(journal.began(), base) << "the same key";
  }
  const TreeSize third = Head().size;
  AppendCity("MA.156.A3");
  {
    Journal journal = Open();
    ASSERT_TRUE(journal.Keep(ledger_.Read(), tree(third), {KeyNamed("x").public_key()}));
    EXPECT_EQ(journal.began(), third) << "nothing is known of what the second key signed before";
  }
  EXPECT_EQ(Open().began(), third);
}

TEST_F(GivenUpTest, GoingBackKeepsThePromise) {
  const Checkpoint base = Head();
  AppendCity("MA.156.A1");
  const Checkpoint tree = Head();
  {
    Journal journal = Open();
    ASSERT_TRUE(Keep(journal, tree));
    ASSERT_TRUE(journal.KeepPromise({{tree, true}}, "the promise"));
    ASSERT_TRUE(journal.GoBack(SignedTree{base, base.text(), base.size, {}}, {"release", "b"}));
  }
  Journal journal = Open();
  EXPECT_EQ(journal.newest()->checkpoint, base);
  EXPECT_EQ(journal.release(), (std::vector<std::string>{"the promise", "release", "b"}));
  EXPECT_EQ(Keep(journal, tree).error().code, Errc::kForged);
}

}  // namespace
}  // namespace cityid
