// Proof documents (docs/proof.md): what a ledger's state has under some keys, for a reader who
// trusts nothing but a trust file.
//
// `MakeProof` makes a document from a ledger. `ProvenState::Open` verifies one and becomes a
// `State`: the same rules and the same resolver run on it as on a whole ledger.
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

/// Shows that the tree of a size that the reader knows is a part of the document's tree.
struct ConsistencyProof {
  std::uint64_t size = 0;
  HashPath path;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "size", s.size);
    f(2, "path", s.path);
  }
};

/// A parsed document, not verified.
struct ProofDocument {
  std::string about;           ///< "ID", "ID/digits", or empty
  std::string note;            ///< the cosigned checkpoint
  Bytes state_root;            ///< the last entry of the checkpoint's tree
  HashPath inclusion;          ///< of that entry
  Bytes map;                   ///< part of the state map, as `ProveKeys` writes it
  std::vector<Bytes> records;  ///< entries that values in `map` name
  std::optional<ConsistencyProof> consistency;
  FixedBytes<struct DigestTag, 32> digest;  ///< SHA-256 of the document with zeros in this place

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

/// The content of a document besides the checkpoint.
struct ProofRequest {
  std::string about;
  std::vector<Bytes> keys;        ///< keys of the state
  std::vector<Index> entries;     ///< records that the values of these keys name
  std::optional<TreeSize> since;  ///< a size with which to prove consistency
};

/// Makes a document. `note` is a checkpoint of the ledger's head. Errors: kUsage if the ledger is
/// empty or smaller than `since`; those of the ledger.
Result<Bytes> MakeProof(const Ledger& ledger, const std::string& note, const ProofRequest& request);

/// Parses a document: its shape, canonical encoding and digest. Errors: kMalformed, kTooLarge.
Result<ProofDocument> ParseProof(ByteView document);

/// Returns the policy that a document claims to prove, not verified. Errors: kMalformed; kTooLarge;
/// kForged if there is none in it.
Result<PolicyState> ClaimedPolicy(ByteView document);

/// A checkpoint that a reader keeps, so that nobody can show it an older or another history.
struct KeptHead {
  Checkpoint checkpoint;
  /// Parses the text of a checkpoint without extension lines. Errors: kMalformed.
  static Result<KeptHead> Parse(std::string_view text);
};

/// The part of a state that a document proves. To read a key or an entry that the document doesn't
/// reach is an error (kForged), never absence. Thread-safe.
class ProvenState : public State {
 public:
  /// Verifies checkpoint, state root, map and records. With `kept`, it also verifies that the head
  /// is not older than that and continues it. Errors: kMalformed; kTooLarge; kForged; kRefused
  /// without a quorum, or if the head is older than `kept`.
  static Result<ProvenState> Open(ByteView document, const Trust& trust,
                                  std::chrono::sys_seconds now,
                                  const std::optional<KeptHead>& kept = {});

  Result<std::optional<ByteView>> Get(ByteView key) const override { return map_.Find(key); }
  Result<ByteView> Entry(Index index) const override;

  /// The head; its `time` is that of the quorum.
  const Head& head() const { return head_; }
  const std::string& about() const { return document_->about; }
  const TrustedCheckpoint& checkpoint() const { return checkpoint_; }

 private:
  ProvenState() = default;
  Result<void> CheckRecords();
  std::unique_ptr<ProofDocument> document_;  // the map's views point into it
  PartialMap map_;
  TrustedCheckpoint checkpoint_;
  Head head_;
  std::map<Index, ByteView> entries_;
};

}  // namespace cityid
