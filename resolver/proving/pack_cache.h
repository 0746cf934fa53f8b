// What a server keeps of packs as long as the ledger has the same head: their parts, and whole
// packs as they are sent.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/proof/proof.h"

namespace cityid {

/// A finished pack. Thread-safe.
class MadePack {
 public:
  /// The largest pack that is compressed, in bytes: compression takes about 2 ms for each 100 kB.
  static constexpr std::size_t kMostCompressed = std::size_t{4} << 20;

  /// `note`: the checkpoint that `document` carries.
  MadePack(Bytes document, std::string note)
      : document_(std::move(document)), note_(std::move(note)) {}

  ByteView document() const { return document_; }
  const std::string& note() const { return note_; }
  /// Returns text that no other pack has: for an ETag.
  std::string tag() const;
  bool is_compressed() const { return document_.size() <= kMostCompressed; }
  /// Returns the document in gzip. The first call compresses it.
  const std::string& gzip() const;
  /// Returns how much memory it may take, in bytes.
  std::size_t size() const { return document_.size() * (is_compressed() ? 2 : 1) + note_.size(); }

 private:
  const Bytes document_;
  const std::string note_;
  mutable std::once_flag compressed_;
  mutable std::string gzip_;
};

/// Keeps values of one head of the ledger by a key, in bounded memory. Thread-safe.
template <class T>
class HeadCache {
 public:
  /// `bytes`: of all values together.
  explicit HeadCache(std::size_t bytes) : bytes_(bytes) {}

  /// Returns what is kept for this head. Null if nothing is.
  std::shared_ptr<const T> Find(const std::string& key, const Head& head) {
    const std::lock_guard lock(mutex_);
    if (head.root != root_) return nullptr;
    const auto found = std::ranges::find(kept_, key, &Kept::key);
    if (found == kept_.end()) return nullptr;
    std::rotate(found, found + 1, kept_.end());
    return kept_.back().value;
  }

  /// Keeps a value of a head instead of the one with the same key. Those of another head are
  /// forgotten; if there are too many, those that were not asked for the longest are.
  void Offer(const std::string& key, const Head& head, std::size_t size,
             std::shared_ptr<const T> value) {
    size += key.size() + sizeof(Kept);
    const std::lock_guard lock(mutex_);
    if (head.root != root_) {
      kept_.clear();
      used_ = 0;
      root_ = head.root;
    }
    if (size > bytes_) return;
    if (const auto found = std::ranges::find(kept_, key, &Kept::key); found != kept_.end()) {
      used_ -= found->size;
      kept_.erase(found);
    }
    kept_.push_back({key, size, std::move(value)});
    for (used_ += size; used_ > bytes_; kept_.pop_front()) used_ -= kept_.front().size;
  }

 private:
  struct Kept {
    std::string key;
    std::size_t size;
    std::shared_ptr<const T> value;
  };
  const std::size_t bytes_;
  std::mutex mutex_;
  RootHash root_;
  std::deque<Kept> kept_;  // the one asked for last is the last
  std::size_t used_ = 0;
};

/// Half of the memory is for parts, so that asking for one pack since many sizes doesn't push out
/// what is expensive to read. Thread-safe.
struct PackCache {
  /// `bytes`: of everything together.
  explicit PackCache(std::size_t bytes = std::size_t{64} << 20)
      : parts(bytes / 2), made(bytes / 2) {}

  HeadCache<Result<ProofParts>>
      parts;                 ///< by what the pack is about; kTooLarge if it can't be made
  HeadCache<MadePack> made;  ///< by what it is about, and since when
};

}  // namespace cityid
