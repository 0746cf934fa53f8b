// What the tests of proofs begin with: a published ledger of three cities, and proofs of it.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "ledger/proof/proof.h"
#include "tests/world/published.h"
#include "tests/world/through_c.h"

namespace cityid::testing {

using std::chrono::sys_seconds;

inline const std::string kOrigin = "id.example.cn/ledger";

/// A checkpoint with the log's signature and cosignatures of the first institutes at these times.
inline std::string NoteOf(TreeSize size, const RootHash& root,
                          const std::vector<sys_seconds>& times, const std::string& log_key = "log",
                          const std::string& origin = kOrigin) {
  Note note{Checkpoint{origin, size, root}.text(), {}};
  note.signatures.push_back(SignNote(note.text, origin, KeyNamed(log_key)));
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::string name = "institute-" + std::to_string(i) + ".example";
    note.signatures.push_back(CosignNote(note.text, name, KeyNamed(name + " witness"), times[i]));
  }
  return WriteNote(note);
}

class ProofTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger_.Append({City("MA.156.1301"), City("MA.156.1302")});
    ledger_.Append({City("MA.156.1301.02")});
  }
  Bytes City(const std::string& id) const {
    return consortium_.AssignEntry(id, consortium_.Institutes(2));
  }
  /// Signed and cosigned by no more than the quorum, so that each of its bits counts.
  std::string NoteNow() const {
    const LedgerView view = ledger_.Read();
    return NoteOf(view.head().size, view.head().root, {kNow, kNow});
  }
  Bytes Proof(std::vector<Bytes> keys, std::vector<Index> entries = {},
              std::optional<TreeSize> since = {}) const {
    const LedgerView view = ledger_.Read();
    const auto proof =
        MakeProof(view, NoteNow(), {"MA.156.1301", std::move(keys), std::move(entries), since});
    EXPECT_TRUE(proof) << proof.error().detail;
    return *proof;
  }
  Result<ProvenState> Open(const Bytes& document, const std::optional<KeptHead>& kept = {},
                           sys_seconds now = kNow) const {
    auto opened = ProvenState::Open(document, ledger_.trust(), now, kept);
    ExpectSameThroughC(opened, document, ledger_.trust(), now, kept, false);
    return opened;
  }
  Errc CodeOf(const Bytes& document, const std::optional<KeptHead>& kept = {},
              sys_seconds now = kNow) const {
    const auto opened = Open(document, kept, now);
    EXPECT_FALSE(opened);
    return opened ? Errc::kIo : opened.error().code;
  }
  /// The record that says what the identifier holds.
  Index ContentOf(const std::string& id) const {
    return Index{(*FindIdentifier(ledger_.Read(), Id(id)))->content.index};
  }
  KeptHead Kept() const {
    const LedgerView view = ledger_.Read();
    return {Checkpoint{kOrigin, view.head().size, view.head().root}};
  }

  Consortium consortium_;
  PublishedLedger ledger_{consortium_};
  const Bytes city_ = IdentifierKey(Id("MA.156.1301"));
  const Bytes absent_ = IdentifierKey(Id("MA.156.9999"));
};

}  // namespace cityid::testing
