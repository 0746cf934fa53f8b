// How many lines a note needs that satisfies two policies.
#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/proof/trust.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::KeyNamed;
using testing::kNow;

constexpr const char* kOrigin = "id.example.cn/ledger";

SecretKey WitnessKey(const std::string& name) { return KeyNamed(name + " witness"); }

using Names = std::vector<std::string>;

/// Institutes and outside witnesses of these names, so many of whom must cosign.
Policy Asking(std::uint8_t quorum, const Names& institutes, std::uint8_t witness_quorum = 0,
              const Names& outside = {}, const std::string& log_key = "log") {
  Policy policy;
  policy.log_keys = {KeyNamed(log_key).public_key()};
  policy.hosts = {"id.example.cn"};
  policy.quorum = quorum;
  for (const std::string& name : institutes) {
    policy.institutes.push_back(
        {name, {}, KeyNamed(name).public_key(), WitnessKey(name).public_key()});
  }
  policy.witness_quorum = witness_quorum;
  for (const std::string& name : outside)
    policy.witnesses.push_back({name, WitnessKey(name).public_key()});
  return policy;
}

/// The names "PREFIX<first>" to "PREFIX<last>".
Names Numbered(const std::string& prefix, int first, int last) {
  Names names;
  for (int i = first; i <= last; ++i) names.push_back(prefix + std::to_string(i));
  return names;
}

TEST(LinesOfChange, OfNoChangeAreThoseOfTheQuorum) {
  for (const auto& [quorum, institutes] : {std::pair{1, 1}, {2, 3}, {8, 15}, {15, 29}}) {
    const Policy policy =
        Asking(static_cast<std::uint8_t>(quorum), Numbered("institute-", 1, institutes));
    EXPECT_EQ(LinesOfChange(policy, policy), static_cast<std::size_t>(quorum) + 1);
  }
}

TEST(LinesOfChange, AddUpForInstitutesThatAreAllOthers) {
  const Policy before = Asking(8, Numbered("institute-", 1, 15));
  EXPECT_EQ(LinesOfChange(before, Asking(8, Numbered("institute-", 16, 30))), 17U);
  EXPECT_EQ(LinesOfChange(before, Asking(8, Numbered("institute-", 15, 29))), 16U);
  EXPECT_EQ(LinesOfChange(before, Asking(8, Numbered("institute-", 8, 22))), 9U);
}

TEST(LinesOfChange, CountAnotherLogKey) {
  const Policy before = Asking(2, {"a", "b", "c"});
  EXPECT_EQ(LinesOfChange(before, Asking(2, {"a", "b", "c"}, 0, {}, "log 2")), 4U);
  Policy both = before;
  both.log_keys.push_back(KeyNamed("log 2").public_key());
  EXPECT_EQ(LinesOfChange(before, both), 3U);
}

TEST(LinesOfChange, AreTheFewestLinesThatBothPoliciesTake) {
  struct Change {
    Policy before, after;
  };
  const Names abcde = {"a", "b", "c", "d", "e"};
  const std::vector<Change> changes = {
      {Asking(2, {"a", "b", "c"}), Asking(2, {"c", "d", "e"})},
      {Asking(2, {"a", "b", "c"}), Asking(3, abcde)},
      {Asking(3, abcde), Asking(1, {"e"})},
      {Asking(3, abcde), Asking(2, {"e", "f", "g"})},
      {Asking(2, {"a", "b"}), Asking(2, {"c", "d"}, 0, {}, "log 2")},
      {Asking(2, {"a", "b", "c"}, 1, {"x"}), Asking(2, {"b", "c", "d"}, 2, {"y", "z"})},
      {Asking(2, {"a", "b", "c"}), Asking(2, {"a", "b", "c"}, 2, {"x", "y", "z"})},
      {Asking(2, {"a", "b", "c"}, 2, {"x", "y", "z"}), Asking(2, {"c", "d"}, 1, {"z"})},
      {Asking(1, {"a"}, 1, {"x", "y"}), Asking(1, {"b"}, 2, {"y", "x"}, "log 2")},
  };
  const std::string text =
      Checkpoint{kOrigin, TreeSize{5}, *RootHash::From(Bytes(32, 0xAA))}.text();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Trust before = Trust::Of(kOrigin, changes[i].before);
    const Trust after = Trust::Of(kOrigin, changes[i].after);
    std::vector<NoteSignature> lines;
    for (const char* key : {"log", "log 2"})
      lines.push_back(SignNote(text, kOrigin, KeyNamed(key)));
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "x", "y", "z"}) {
      const NoteKey key{name, NoteKeyType::kCosignature, WitnessKey(name).public_key()};
      const auto asked = [&](const Trust& trust) {
        const auto keys = trust.WitnessKeys();
        return std::ranges::find(keys, key) != keys.end();
      };
      if (asked(before) || asked(after))
        lines.push_back(CosignNote(text, name, WitnessKey(name), kNow));
    }
    std::size_t fewest = lines.size() + 1;
    for (unsigned chosen = 0; chosen < 1U << lines.size(); ++chosen) {
      Note note{text, {}};
      for (std::size_t line = 0; line < lines.size(); ++line) {
        if (chosen >> line & 1) note.signatures.push_back(lines[line]);
      }
      if (note.signatures.size() >= fewest) continue;
      if (before.Open(note, kNow) && after.Open(note, kNow)) fewest = note.signatures.size();
    }
    EXPECT_EQ(LinesOfChange(changes[i].before, changes[i].after), fewest) << "change " << i;
  }
}

}  // namespace
}  // namespace cityid
