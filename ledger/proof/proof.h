// The proof document: what a ledger says of some keys of its state, checked with a trust file and
// nothing else (docs/proof.md).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/proof/trust.h"
#include "ledger/record/fields.h"
#include "ledger/state/ledger.h"
#include "ledger/tlog/map_proof.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {

/// Shows that the tree of a size that the reader knows is a part of the proof's.
struct ConsistencyProof {
  std::uint64_t size = 0;
  HashPath path;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "size", s.size);
    f(2, "path", s.path);
  }
};

/// A parsed document, nothing verified.
struct ProofDocument {
  std::string about;   ///< "ID", "ID/digits", or nothing
  std::string note;    ///< the cosigned checkpoint
  Bytes state_root;    ///< the last entry of its tree
  HashPath inclusion;  ///< of that entry
  Bytes map;           ///< part of the state map, as `ProveKeys` writes it
  std::vector<Bytes> records;
  std::optional<ConsistencyProof> consistency;
  FixedBytes<struct DigestTag, 32> digest;  ///< SHA-256 of the document with 32 zeros here

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "about", s.about);
    f(2, "note", s.note);
    f(3, "state_root", s.state_root);
    f(4, "inclusion", s.inclusion);
    f(5, "map", s.map);
    f(6, "records", s.records);
    f(7, "consistency", s.consistency);
    f(8, "digest", s.digest);
  }
};

inline constexpr std::size_t kMaxProof = 1024 * 1024;  ///< bytes

/// What goes into a document, beside the checkpoint.
struct ProofRequest {
  std::string about;
  std::vector<Bytes> keys;        ///< of the state
  std::vector<Index> entries;     ///< records that the values of these keys name
  std::optional<TreeSize> since;  ///< prove consistency with this size
};

/// Makes a document. `note` is a checkpoint of the ledger's head. Errors: kUsage if `since` is
/// larger than the head; those of the ledger.
Result<Bytes> MakeProof(const Ledger& ledger, const std::string& note, const ProofRequest& request);

/// Shape, canonical encoding and digest. Errors: kMalformed, kTooLarge.
Result<ProofDocument> ParseProof(ByteView document);

/// The policy that a document says it proves, verified by nothing but itself. Errors: kMalformed,
/// kTooLarge; kForged if it proves none.
Result<PolicyState> ClaimedPolicy(ByteView document);

/// A checkpoint that a reader keeps, so that no older and no other history is shown to it.
struct KeptHead {
  Checkpoint checkpoint;
  /// "origin, size, root": the text of a checkpoint.
  static Result<KeptHead> Parse(std::string_view text);
};

/// The part of a state that a document proves, as a state: rules and resolver run on it as on a
/// ledger. What the document doesn't reach is an error (kForged), never absence. Thread-safe.
class ProvenState : public State {
 public:
  /// Verifies checkpoint, state root, map and records. With `kept`, also that the head is not
  /// behind it and consistent with it. Errors: kMalformed, kTooLarge, kForged; kRefused without a
  /// quorum, or behind `kept`.
  static Result<ProvenState> Open(ByteView document, const Trust& trust,
                                  std::chrono::sys_seconds now,
                                  const std::optional<KeptHead>& kept = {});

  Result<std::optional<ByteView>> Get(ByteView key) const override { return map_.Find(key); }
  Result<ByteView> Entry(Index index) const override;

  /// Its `time` is that of the quorum.
  const Head& head() const { return head_; }
  const std::string& about() const { return document_->about; }
  const TrustedCheckpoint& checkpoint() const { return checkpoint_; }

 private:
  ProvenState() = default;
  Result<void> CheckRecords();
  std::unique_ptr<ProofDocument> document_;  ///< what the map's views point into
  PartialMap map_;
  TrustedCheckpoint checkpoint_;
  Head head_;
  std::map<Index, ByteView> entries_;
};

}  // namespace cityid
