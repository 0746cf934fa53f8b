#include "ledger/cosigning/journal.h"

#include <algorithm>

#include "codec/files/file.h"
#include "ledger/record/fields.h"
#include "ledger/sync/fork.h"

namespace cityid {
namespace {

constexpr std::string_view kFormat = "cityid-signed 1";
/// The most bytes of a journal: a batch of the largest records fits.
constexpr std::size_t kMaxJournal = std::size_t{512} << 20;
/// It holds no secrets, but entries that are not published yet.
constexpr mode_t kMode = 0600;

/// The file's content.
struct StoredJournal {
  std::string format;
  std::vector<PublicKey> keys;
  std::optional<std::string> note;
  std::uint64_t base = 0;
  std::vector<Bytes> entries;
  std::vector<GivenUp> given_up;
  std::vector<std::string> release;
  std::optional<std::uint64_t> began;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "format", s.format);
    f(2, "keys", s.keys);
    f(3, "note", s.note);
    f(4, "base", s.base);
    f(5, "entries", s.entries);
    f(6, "given_up", s.given_up);
    f(7, "release", s.release);
    f(8, "began", s.began);
  }
};

/// Reads a note, or the text of a checkpoint that nobody has signed yet.
Result<Checkpoint> ReadCheckpoint(const std::string& note) {
  const std::size_t end = note.find("\n\n");
  return Checkpoint::Parse(std::string_view(note).substr(0, end == note.npos ? end : end + 1));
}

}  // namespace

std::filesystem::path Journal::FileOf(const std::filesystem::path& ledger,
                                      const std::filesystem::path& given) {
  if (!given.empty()) return given;
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(ledger, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.string() + ".signed";
}

Result<Journal> Journal::Open(std::filesystem::path file) {
  Journal journal(std::move(file));
  const auto bytes = ReadFile(journal.file_, kMaxJournal);
  if (!bytes && bytes.error().code == Errc::kNotFound) return journal;
  if (!bytes) return bytes.error();
  const std::string name = journal.file_.string();
  auto stored = DecodeFields<StoredJournal>(*bytes);
  if (stored && stored->format != kFormat) {
    return Error{Errc::kUnsupported, name + " was written by another version of this program"};
  }
  auto checkpoint = stored && stored->note ? ReadCheckpoint(*stored->note) : Checkpoint{};
  if (!stored || !checkpoint) {
    return Error{Errc::kCorrupt, name +
                                     " is damaged: it says what keys have signed; put it aside, "
                                     "and the witnesses will be asked instead"};
  }
  journal.known_ = true;
  journal.keys_ = std::move(stored->keys);
  journal.given_up_ = std::move(stored->given_up);
  journal.release_ = std::move(stored->release);
  if (stored->note) {
    journal.newest_ = SignedTree{*std::move(checkpoint), *std::move(stored->note),
                                 TreeSize{stored->base}, std::move(stored->entries)};
    // Older versions did not write it; at the newest tree the journal was there.
    journal.began_ = TreeSize{stored->began.value_or(stored->base)};
  }
  return journal;
}

Result<void> Journal::Create(const std::filesystem::path& file,
                             const std::vector<PublicKey>& keys) {
  const Bytes bytes =
      EncodeFields(StoredJournal{std::string(kFormat), keys, {}, 0, {}, {}, {}, {}});
  auto created = CreateFile(file, bytes, kMode);
  if (created || created.error().code != Errc::kRefused) return created;
  return Error{Errc::kRefused,
               file.string() +
                   " says that keys of a ledger here have signed already; to go on "
                   "with that ledger, put a copy of it back and start its registry"};
}

bool Journal::Covers(const PublicKey& key) const { return std::ranges::count(keys_, key) > 0; }

Result<void> Journal::Check(const Ledger& ledger) const {
  if (!newest_) return {};
  const Checkpoint& newest = newest_->checkpoint;
  if (ledger.head().size < newest.size) {
    return Error{Errc::kRefused, "keys here have signed " + std::to_string(newest.size.value) +
                                     " entries, and the ledger has " +
                                     std::to_string(ledger.head().size.value)};
  }
  const auto contains = Contains(ledger, newest);
  if (!contains) return contains.error();
  if (*contains) return {};
  return Error{Errc::kForged, "keys here have signed another history of " +
                                  std::to_string(newest.size.value) + " entries (" +
                                  file_.string() + ")"};
}

Result<void> Journal::Keep(const Ledger& ledger, SignedTree tree,
                           const std::vector<PublicKey>& keys) {
  if (const auto checked = Check(ledger); !checked) return checked;
  if (const auto kept = CheckNotGivenUp(ledger, tree.checkpoint.size); !kept) return kept;
  // The same tree again adds nothing, and must not lose the entries.
  if (newest_ && newest_->checkpoint == tree.checkpoint) return {};
  const auto keys_before = keys_;
  const auto began_before = began_;
  // What a new key has signed before isn't known.
  if (AddKeys(keys) || !began_) began_ = tree.base;
  const bool known = std::exchange(known_, true);
  auto before = std::exchange(newest_, std::move(tree));
  auto written = Write();
  if (!written) {
    keys_ = keys_before;
    began_ = began_before;
    known_ = known;
    newest_ = std::move(before);
  }
  return written;
}

Result<void> Journal::CheckNotGivenUp(const Ledger& ledger, TreeSize size) const {
  for (const GivenUp& each : given_up_) {
    if (each.tree.size > size) continue;
    // Not `Contains`: a ledger that is too small to tell must not be taken for one without the
    // tree.
    const auto root = RootOf(ledger, each.tree.size);
    if (!root) return root.error();
    if (*root == each.tree.root) {
      return Error{Errc::kForged, "it continues a tree of " + std::to_string(each.tree.size.value) +
                                      " entries that was given up for ever"};
    }
  }
  return {};
}

Result<void> Journal::KeepPromise(std::vector<GivenUp> given_up, const std::string& note) {
  given_up_ = std::move(given_up);
  if (release_.empty()) release_.emplace_back();
  release_.front() = note;
  return Write();
}

Result<void> Journal::GoBack(std::optional<SignedTree> tree, std::vector<std::string> release) {
  if (tree) newest_ = std::move(tree);
  release_.resize(std::min<std::size_t>(release_.size(), 1));
  release_.insert(release_.end(), release.begin(), release.end());
  return Write();
}

Result<void> Journal::Replace(const std::vector<PublicKey>& keys, SignedTree tree) {
  keys_ = keys;
  began_ = tree.checkpoint.size;
  newest_ = std::move(tree);
  known_ = true;
  return Write();
}

Result<void> Journal::Cover(const std::vector<PublicKey>& keys) {
  const auto before = keys_;
  const auto began_before = began_;
  const bool added = AddKeys(keys);
  if (known_ && !added) return {};
  if (newest_) began_ = newest_->checkpoint.size;
  auto written = Write();
  if (!written) {
    keys_ = before;
    began_ = began_before;
  }
  known_ |= written.ok();
  return written;
}

bool Journal::AddKeys(const std::vector<PublicKey>& keys) {
  const std::size_t before = keys_.size();
  for (const PublicKey& key : keys) {
    if (!Covers(key)) keys_.push_back(key);
  }
  return keys_.size() > before;
}

Result<void> Journal::Write() const {
  StoredJournal stored{std::string(kFormat), keys_, {}, 0, {}, given_up_, release_, {}};
  if (newest_) {
    stored.note = newest_->note;
    stored.base = newest_->base.value;
    stored.entries = newest_->entries;
    if (began_) stored.began = began_->value;
  }
  return WriteFile(file_, EncodeFields(stored), kMode);
}

}  // namespace cityid
