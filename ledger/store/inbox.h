// The registry's inbox: applications that wait for signatures, in a database of its own
// (docs/ledger-format.md 7).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"

namespace cityid {

class Lmdb;

/// Thread-safe, but for writes: one at a time.
class Inbox {
 public:
  /// Opens the database, and creates what is missing of it. Errors: kBusy, kIo, kFull, kCorrupt.
  static Result<Inbox> Open(const std::filesystem::path& directory);
  Inbox(Inbox&&) noexcept;
  Inbox& operator=(Inbox&&) noexcept;
  ~Inbox();

  /// An application: the draft, and when its last signature came.
  struct Item {
    Draft draft;
    std::chrono::sys_seconds received;
  };

  /// Returns the application with this id, if it waits. Errors: kCorrupt, kIo.
  Result<std::optional<Item>> Find(const DraftId& id) const;

  /// Visits the applications in order of their ids, from `from` on, until `visit` returns false.
  /// Errors: kCorrupt; kIo; those of `visit`.
  Result<void> Scan(const std::optional<DraftId>& from,
                    const std::function<Result<bool>(Item)>& visit) const;

  /// Adds or replaces an application; when it returns, it is on disk. Errors: kTooLarge, kFull,
  /// kIo, kCorrupt.
  Result<void> Put(const Item& item);

  /// Removes applications, in one transaction. Errors: kFull, kIo, kCorrupt.
  Result<void> Remove(const std::vector<DraftId>& ids);

 private:
  explicit Inbox(std::unique_ptr<Lmdb> db);
  std::unique_ptr<Lmdb> db_;
};

}  // namespace cityid
