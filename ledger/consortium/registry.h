// The registry: records that wait off the ledger until the last signature they need has come
// (docs/ledger-format.md 7). A handler without HTTP.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/consortium/sequencer.h"
#include "ledger/record/record.h"
#include "ledger/state/apply.h"
#include "ledger/store/lmdb.h"
#include "ledger/store/replica.h"

namespace cityid {

struct RegistryLimits {
  /// Applications that nobody with a say has signed; as many again may wait that somebody has, so
  /// that a flood of the former can't keep out the latter.
  std::size_t applications = 10'000;
  std::size_t per_subject = 16;
  std::chrono::seconds longest_wait = std::chrono::days(90);
};

/// What became of a submission.
struct Submission {
  DraftId id;
  std::optional<Index> index;  ///< sequenced, and on disk; else it waits
  bool published = false;      ///< and cosigned by a quorum, if the registry has checkpoints
  Missing missing;             ///< nothing while it waits only for an earlier batch's quorum
};

/// One application as an officer sees it.
struct Application {
  DraftId id;
  Record record;
  std::vector<Signer> signers;
  std::chrono::sys_seconds received;
  Missing missing;
  std::optional<Error> refused;    ///< the rule that would refuse it by now
  std::vector<DraftId> conflicts;  ///< other applications with the same subject
};

struct ApplicationPage {
  std::vector<Application> applications;
  std::optional<DraftId> next;  ///< where the next page begins
};

/// The inbox in front of a ledger. Thread-safe.
class Registry {
 public:
  using Publish = Sequencer::Publish;

  /// Opens or creates the inbox directory. `replica` was opened for writing and outlives this.
  /// Without `publish` records are sequenced without checkpoints.
  /// Errors: kBusy, kIo, kCorrupt.
  static Result<std::unique_ptr<Registry>> Open(const std::filesystem::path& inbox,
                                                Replica& replica, Publish publish = {},
                                                const RegistryLimits& limits = {});

  /// Takes a record with one signature or more, adds those that the inbox has of the same record,
  /// and sequences it if nothing is missing any more. When it returns, the record is on disk, in
  /// the ledger or in the inbox. The same record again is answered with where it stands. Errors:
  /// kMalformed, kTooLarge, kForged, kRefused (with the rule), kBusy if the inbox is full, kIo,
  /// kFull, kCorrupt.
  Result<Submission> Submit(ByteView entry, std::chrono::sys_seconds now);

  /// To be called every second or so: goes on with a batch that waits for its quorum and with
  /// complete records that wait behind it. Errors: kBusy with who is missing; those of the ledger.
  Result<void> GoOn(std::chrono::sys_seconds now);

  /// Confirms that the head is still the newest: by fresh cosignatures, if there are checkpoints.
  /// Errors: those of `Sequencer::Confirm`.
  Result<void> Confirm(std::chrono::sys_seconds now) { return sequencer_.Confirm(now); }

  /// At most `count` applications from `from` on, in order of their ids.
  Result<ApplicationPage> List(const std::optional<DraftId>& from, std::size_t count) const;

  /// The entry with the signatures gathered so far.
  Result<std::optional<Bytes>> Find(const DraftId& id) const;

 private:
  struct Waiting {
    std::string subject;
    std::uint64_t not_after;
    bool supported;         ///< somebody with a say has signed
    bool complete = false;  ///< nothing is missing but a place
  };
  Registry(Lmdb inbox, Replica& replica, Publish publish, const RegistryLimits& limits)
      : inbox_(std::move(inbox)),
        replica_(&replica),
        sequencer_(replica, std::move(publish)),
        limits_(limits) {}
  Result<void> Load();
  /// A complete record out of the inbox.
  Result<void> SubmitAgain(const DraftId& id, std::chrono::sys_seconds now);
  Result<Submission> Sequence(const DraftId& id, const Waiting& waiting, ByteView entry,
                              std::chrono::sys_seconds now);
  Result<void> MakeRoom(const Waiting& waiting, const DraftId& id, std::chrono::sys_seconds now);
  Result<void> Store(const DraftId& id, const Waiting& waiting, ByteView entry,
                     std::chrono::sys_seconds now);
  Result<void> Drop(const std::vector<DraftId>& ids);
  /// Drops the unsupported applications about `subject` that the rules refuse by now; how many.
  Result<std::size_t> DropRefused(const std::string& subject);

  mutable std::mutex mutex_;
  Lmdb inbox_;
  Replica* replica_;
  Sequencer sequencer_;
  RegistryLimits limits_;
  std::map<DraftId, Waiting> waiting_;  ///< what is in the inbox, without the entries
};

}  // namespace cityid
