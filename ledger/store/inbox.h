// The registry's inbox: applications that wait for signatures, and the statements by which some of
// them were withdrawn or rejected, in a database of its own (docs/ledger-format.md 7).
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

  /// An application: the draft, when its last signature came, and who handed it in first.
  struct Item {
    Draft draft;
    std::chrono::sys_seconds received;
    std::uint64_t client = 0;  ///< a keyed hash; 0: not known
  };

  /// Returns the application with this id, if it waits. Errors: kCorrupt, kIo.
  Result<std::optional<Item>> Find(const DraftId& id) const;

  /// Visits the applications in order of their ids, from `from` on, until `visit` returns false.
  /// Errors: kCorrupt; kIo; those of `visit`.
  Result<void> Scan(const std::optional<DraftId>& from,
                    const std::function<Result<bool>(Item)>& visit) const;

  /// Adds or replaces an application; when it returns, it is on disk. Who has signed it when it is
  /// added is kept as its makers. Errors: kTooLarge, kFull, kIo, kCorrupt.
  Result<void> Put(const Item& item);

  /// Returns who had signed an application when it came first; nobody if it doesn't wait. Errors:
  /// kCorrupt, kIo.
  Result<std::vector<Signer>> Makers(const DraftId& id) const;

  /// An application that was withdrawn or rejected.
  struct Refusal {
    DraftId draft;
    std::uint64_t not_after;   ///< of the application, in seconds since 1970
    Bytes statement;           ///< the signed statement (record/statement.h)
    std::uint64_t client = 0;  ///< who withdrew it, as a keyed hash; 0: not known
  };

  /// Returns the statement by which an application was withdrawn or rejected, if one was. Errors:
  /// kCorrupt, kIo.
  Result<std::optional<Refusal>> FindRefusal(const DraftId& id) const;

  /// Visits all of them until `visit` returns false. Errors: kCorrupt; kIo; those of `visit`.
  Result<void> ScanRefusals(const std::function<Result<bool>(const Refusal&)>& visit) const;

  /// Removes the application and keeps the refusal instead, and forgets those in `expired`, in one
  /// transaction. Errors: kFull, kIo, kCorrupt.
  Result<void> Refuse(const Refusal& refusal, const std::vector<DraftId>& expired);

  /// Removes applications, in one transaction. Errors: kFull, kIo, kCorrupt.
  Result<void> Remove(const std::vector<DraftId>& ids);

 private:
  explicit Inbox(std::unique_ptr<Lmdb> db);
  std::unique_ptr<Lmdb> db_;
};

}  // namespace cityid
