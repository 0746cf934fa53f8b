// Proof documents (docs/proof.md): what a ledger's state has under some keys, for a reader who
// trusts nothing but a trust file. A pack is one with everything below a prefix.
//
// `MakeProof` makes a document from a ledger. `ProvenState::Open` verifies one and becomes a
// `State`: the same rules and the same resolver run on it as on a whole ledger. A reader keeps a
// `KeptHead` from one document to the next.
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

/// The hash of a document. A reader knows by it which packs it has accepted.
using ProofDigest = FixedBytes<struct DigestTag, 32>;

/// A parsed document, not verified.
struct ProofDocument {
  std::string about;           ///< "ID", "ID/digits", "PREFIX/pack", or empty
  std::string note;            ///< the cosigned checkpoint
  Bytes state_root;            ///< the last entry of the checkpoint's tree
  HashPath inclusion;          ///< of that entry
  Bytes map;                   ///< part of the state map, as `ProveKeys` writes it
  std::vector<Bytes> records;  ///< entries that values in `map` name
  std::optional<ConsistencyProof> consistency;
  ProofDigest digest;  ///< SHA-256 of the document with zeros in this place

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

inline constexpr std::size_t kMaxProof = 1024 * 1024;      ///< bytes
inline constexpr std::size_t kMaxPack = 16 * 1024 * 1024;  ///< bytes of a pack

/// Returns what a pack of a prefix is about: "MA.156/pack".
std::string AboutPack(const Prefix& prefix);
/// Returns the prefix of a pack. Returns nothing if a document is about something else.
std::optional<Prefix> PackPrefix(std::string_view about);

/// The content of a document besides the checkpoint.
struct ProofRequest {
  std::string about;
  std::vector<Bytes> keys;         ///< keys of the state
  std::vector<Index> entries;      ///< records that the values of these keys name
  std::optional<TreeSize> since;   ///< a size with which to prove consistency
  std::vector<Bytes> ranges = {};  ///< everything that begins with these bytes, too
};

/// The large parts of a document. They stay the same as long as the ledger has the same head.
struct ProofParts {
  Bytes map;
  std::vector<Bytes> records;
};

/// Reads the parts that a request needs. Errors: kTooLarge if a document can't have so much; those
/// of the ledger.
Result<ProofParts> ReadParts(const Ledger& ledger, const ProofRequest& request);

/// Makes a document. `note` is a checkpoint of the ledger's head. `parts` are what `ReadParts` gave
/// for the same head. Errors: kUsage if the ledger is empty or smaller than `since`; kTooLarge;
/// those of the ledger.
Result<Bytes> MakeProof(const Ledger& ledger, const std::string& note, const ProofRequest& request,
                        const ProofParts& parts);
/// Reads the parts first.
Result<Bytes> MakeProof(const Ledger& ledger, const std::string& note, const ProofRequest& request);

/// Parses a document: its shape, canonical encoding and digest. Errors: kMalformed; kTooLarge over
/// `kMaxPack`, and over `kMaxProof` if it is no pack.
Result<ProofDocument> ParseProof(ByteView document);

/// Returns the policy that a document claims to prove, not verified. Errors: kMalformed; kTooLarge
/// over `kMaxProof`; kForged if there is none in it.
Result<PolicyState> ClaimedPolicy(ByteView document);

class ProvenState;

/// What a reader keeps, so that nobody can show it an older or another history: the newest
/// checkpoint that it has accepted, and the packs that it stored. A stored pack is compared with
/// the checkpoint when it is opened first. It stays good afterwards, whatever newer checkpoint is
/// seen meanwhile.
struct KeptHead {
  static constexpr std::size_t kMaxPacks = 256;
  static constexpr std::size_t kMaxText = 32 * 1024;  ///< bytes that `text` returns at most

  Checkpoint checkpoint;
  std::vector<ProofDigest> packs = {};  ///< at most `kMaxPacks`; the one used last is the last

  /// Parses what `text` wrote. Errors: kMalformed.
  static Result<KeptHead> Parse(std::string_view text);
  /// Returns the text of the checkpoint, and a line "pack HEX" for each pack.
  std::string text() const;

  /// Returns what to keep after a document was accepted. `before`: what was kept until then, and
  /// what the document was compared with. Only a pack from `ProvenState::OpenPack` is added.
  static KeptHead After(const std::optional<KeptHead>& before, const ProvenState& accepted);
};

/// The part of a state that a document proves: of a proof, what one question needs; of a pack, what
/// every question below its prefix needs. `Resolve` (resolver/answer) answers any number of them
/// from it. To read a key or an entry that the document doesn't reach is an error (kNotFound),
/// never absence: nobody can tell. Thread-safe.
class ProvenState : public State {
 public:
  /// Verifies checkpoint, state root, map and records. With `kept`, it also verifies that the head
  /// is not older than that and continues it. Errors: kMalformed; kTooLarge; kForged; kRefused
  /// without a quorum, or if the head is older than `kept`.
  static Result<ProvenState> Open(ByteView document, const Trust& trust,
                                  std::chrono::sys_seconds now,
                                  const std::optional<KeptHead>& kept = {});
  /// Opens a pack that the reader stored, and chose itself: one that is in `kept` is not compared
  /// with its checkpoint again. Never for what somebody answered: anybody can call a proof a pack,
  /// and would show it again for as long as its age allows. Errors: those of `Open`; kRefused if it
  /// is no pack.
  static Result<ProvenState> OpenPack(ByteView pack, const Trust& trust,
                                      std::chrono::sys_seconds now,
                                      const std::optional<KeptHead>& kept = {});

  Result<std::optional<ByteView>> Get(ByteView key) const override { return map_.Find(key); }
  Result<ByteView> Entry(Index index) const override;

  /// The head; its `time` is that of the quorum.
  const Head& head() const { return head_; }
  /// What the document says that it is about. Nobody vouches for that.
  const std::string& about() const { return document_->about; }
  bool is_pack() const { return PackPrefix(about()).has_value(); }
  /// Returns true if `OpenPack` opened it.
  bool is_stored_pack() const { return is_stored_pack_; }
  const ProofDigest& digest() const { return document_->digest; }
  const TrustedCheckpoint& checkpoint() const { return checkpoint_; }

 private:
  ProvenState() = default;
  Result<void> Verify(const Trust& trust, std::chrono::sys_seconds now,
                      const std::optional<KeptHead>& kept);
  Result<void> CheckRecords();
  std::unique_ptr<ProofDocument> document_;  // the map's views point into it
  PartialMap map_;
  TrustedCheckpoint checkpoint_;
  Head head_;
  std::map<Index, ByteView> entries_;
  bool is_stored_pack_ = false;
};

}  // namespace cityid
