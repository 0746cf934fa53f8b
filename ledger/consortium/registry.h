// The registry (docs/ledger-format.md 7): takes records, keeps them in an inbox off the ledger
// until the last signature that they need has come, and sequences them. It knows nothing about
// HTTP.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/consortium/confirmation.h"
#include "ledger/consortium/sequencer.h"
#include "ledger/consortium/waiting_room.h"
#include "ledger/record/signed_record.h"
#include "ledger/record/statement.h"
#include "ledger/store/inbox.h"
#include "ledger/store/replica.h"

namespace cityid {

/// What happened to a submission.
struct Submission {
  DraftId id;
  std::optional<Index> index;  ///< its place, on disk; nothing while it waits
  bool published = false;      ///< a quorum has cosigned it
  Missing missing;             ///< none if it waits only for its place
};

/// The state of an application that is public.
inline constexpr std::string_view kSequenced = "sequenced";

/// Where an application stands: waiting, unless one of the others is there.
struct ApplicationState {
  std::optional<Index> index;          ///< its place in the ledger
  std::optional<std::string> refused;  ///< "withdrawn by ...", "rejected by ..." or the rule
  /// "waiting", "unpublished", "sequenced", "withdrawn", "rejected", "refused"
  std::string_view state;
};

/// One application, as an officer sees it.
struct Application {
  DraftId id;
  Record record;
  std::vector<Signer> signers;
  std::chrono::sys_seconds received;
  Missing missing;
  std::optional<Error> refused;    ///< the rule that would refuse it now
  std::vector<DraftId> conflicts;  ///< other applications with the same subject
};

struct ApplicationPage {
  std::vector<Application> applications;
  std::optional<DraftId> next;  ///< where the next page begins
};

/// What a registry waits for.
struct Waited {
  std::string what;  ///< and for whom
  std::chrono::sys_seconds since;
  Standing::Kind standing = Standing::Kind::kConfirmed;
  Errc code = Errc::kBusy;  ///< of the error: kIo or kFull if the ledger can't be written
};

/// The registry of a ledger. Thread-safe.
class Registry {
 public:
  using Publish = Sequencer::Publish;
  /// Finds out whether the registry may sign; see `Confirmation::Step`.
  using Confirmed = std::function<Result<Standing>(const std::stop_token&)>;

  /// Opens the inbox directory, or creates it. `replica` was opened for writing and outlives this.
  /// Without `publish` records are sequenced without checkpoints. Until `confirmed` says so, the
  /// registry sequences and publishes nothing, and waits since `now`; without it it is confirmed
  /// from the start. Errors: kBusy, kIo, kCorrupt.
  static Result<std::unique_ptr<Registry>> Open(const std::filesystem::path& inbox,
                                                Replica& replica, Publish publish = {},
                                                const RegistryLimits& limits = {},
                                                Confirmed confirmed = {},
                                                std::chrono::sys_seconds now = {});

  /// Takes a record with at least one signature and adds the signatures that the inbox has of it.
  /// When it returns, the record is on disk, in the ledger or in the inbox. It waits for nobody: a
  /// record that is complete gets its place by `PublishPending`, and `StateOf` says what became of
  /// it. A record that is in the ledger already is answered with its place. Times are judged by the
  /// later one of `now` and the rules' time. `client` is who hands it in, as quotas see it; 0:
  /// nobody counts. Errors: kMalformed; kTooLarge; kForged; kRefused, naming the rule;
  /// kUnsupported; kBusy if the inbox has no room for it or the registry is unconfirmed; kIo and
  /// kFull, also for a complete record while the ledger can't be written; kCorrupt.
  Result<Submission> Submit(ByteView entry, std::chrono::sys_seconds now, std::uint64_t client = 0);

  /// The same, and publishes at once what is complete: for a program that has the ledger to itself.
  /// Errors: those of `Submit`, also for what is refused when its turn comes; those of the ledger.
  Result<Submission> SubmitAndPublish(ByteView entry, std::chrono::sys_seconds now);

  /// Returns who has the most unsupported applications in the inbox, as keyed hashes: for its
  /// operator.
  std::vector<std::pair<std::uint64_t, std::size_t>> FullestClients(std::size_t count) const {
    const std::scoped_lock lock(mutex_);
    return cityid::FullestClients(waiting_, count);
  }

  /// Removes the applications that `drops` chooses and nobody with a say has signed. Returns their
  /// number. Errors: kIo, kFull, kCorrupt.
  Result<std::size_t> DropUnsupported(
      const std::function<bool(const DraftId&, const Waiting&)>& drops);

  /// Finds out whether it may sign, publishes a batch that waits for its quorum, and then one batch
  /// of complete records: institutes' first, then those that were complete first. With `confirm` it
  /// also confirms that the head is still the newest, by fresh cosignatures if there are
  /// checkpoints. Call it every second or so, and when `WaitForWork` returns. Calls wait for each
  /// other, no other call waits for them. A stop ends what is fetched from witnesses. Errors:
  /// kBusy, naming what is waited for; those of `confirmed`; those of the ledger.
  Result<void> PublishPending(std::chrono::sys_seconds now, bool confirm = false,
                              const std::stop_token& stop = {});

  /// Returns when a complete record has come since the last call of `PublishPending`, when a stop
  /// is requested, or after this time. If that call failed, records don't end the wait.
  void WaitForWork(const std::stop_token& stop, std::chrono::milliseconds longest);

  /// Returns what it waits for; nothing if the last call of `PublishPending` succeeded.
  std::optional<Waited> waited() const;

  /// Returns at most `count` applications in order of their ids, from `from` on. Errors: kIo,
  /// kCorrupt.
  Result<ApplicationPage> List(const std::optional<DraftId>& from, std::size_t count) const;

  /// Returns the entry of an application with the signatures gathered so far; nothing if it doesn't
  /// wait. Errors: kIo, kCorrupt.
  Result<std::optional<Bytes>> Find(const DraftId& id) const;

  /// Takes a signed statement (record/statement.h) that withdraws or rejects an application that
  /// waits. When it returns, the application is gone, and refused until its `not_after`. Errors:
  /// those of `VerifyStatement`; kNotFound if it doesn't wait; kRefused if a signer has no say in
  /// this; kBusy if too many are remembered already, in all or of this client's withdrawals; kIo;
  /// kFull; kCorrupt. `client` is as for `Submit`.
  Result<ApplicationState> TakeStatement(ByteView statement, std::chrono::sys_seconds now,
                                         std::uint64_t client = 0);

  /// Returns where an application stands; nothing if it never came, or was forgotten. Errors: kIo,
  /// kCorrupt.
  Result<std::optional<ApplicationState>> StateOf(const DraftId& id) const;

  /// Returns the signed statement that withdrew or rejected an application, if it is remembered.
  /// Errors: kIo, kCorrupt.
  Result<std::optional<Bytes>> FindStatement(const DraftId& id) const;

 private:
  Registry(Inbox inbox, Replica& replica, Publish publish, const RegistryLimits& limits)
      : inbox_(std::move(inbox)),
        replica_(&replica),
        publishes_(static_cast<bool>(publish)),
        sequencer_(replica, std::move(publish)),
        limits_(limits) {}
  /// Reads the inbox: who has signed what, and what is complete by the policy in force.
  Result<void> Load();
  Result<void> LoadRefusals();
  /// Reads the secret of the hashes of clients; makes a new one if no hash is kept.
  Result<void> OpenClients(const std::filesystem::path& secret);
  /// Publishes what waits, and then one batch. Returns true if something became public.
  Result<bool> PublishBatch(std::chrono::sys_seconds now, const std::stop_token& stop);
  Result<void> LoadIfPolicyChanged();
  /// Returns true if more may be complete than the last batch took.
  bool has_work() const;
  /// Keeps what is waited for, and since when.
  Result<void> Keep(Result<void> done, std::chrono::sys_seconds now);
  Result<void> AskWhetherConfirmed(const std::stop_token& stop);
  Standing::Kind standing() const;
  /// Judges a record for a place in the ledger, by the rules' time. Errors: those of `Submit`.
  Result<Requirement> JudgeForPlace(const LedgerView& view, const Record& record) const;
  /// Judges a record for submission. Errors: those of `Submit`.
  Result<Requirement> JudgeSubmission(const LedgerView& view, const Record& record,
                                      std::chrono::sys_seconds now) const;
  /// Adds what the inbox has and removes the signatures of parties without a say.
  Result<void> Gather(Draft& draft, const Requirement& requirement) const;
  /// Returns the oldest complete applications, with the signatures that they need. Removes those
  /// that have their place or that the rules refuse by now.
  Result<std::vector<SignedRecord>> TakeComplete();
  /// Returns one of them as the ledger takes it; nothing if it is not complete any more. Errors:
  /// the rule that refuses it.
  Result<std::optional<SignedRecord>> Complete(const LedgerView& view, const DraftId& id);
  /// Removes an application that the rules refuse, and remembers why.
  Result<void> RefuseByRule(const DraftId& id, const Error& rule);
  Result<void> MakeRoom(const Waiting& waiting, const DraftId& id, std::chrono::sys_seconds now);
  Result<void> Store(const Draft& draft, const Waiting& waiting);
  Result<void> Drop(const std::vector<DraftId>& ids);
  /// Names in each of a page's applications the others that wait about the same subject.
  void AddConflicts(std::vector<Application>& applications) const;
  /// Drops the unsupported applications about `subject` that the rules refuse by now. Returns their
  /// number.
  Result<std::size_t> DropRefused(const std::string& subject);

  // About statements (registry_statements.cpp).
  Result<void> CheckStatement(const VerifiedStatement& statement, const DraftId& id) const;
  /// Returns the refusals that have expired. Errors: kBusy if as many of the kind of `refusal` are
  /// remembered as may be, in all or of its client.
  Result<std::vector<DraftId>> RoomForRefusal(const KeptRefusal& refusal,
                                              std::chrono::sys_seconds now) const;
  /// Returns by whom a draft was withdrawn or rejected, and why; nothing if it wasn't.
  Result<std::optional<ApplicationState>> FindRefused(const LedgerView& view,
                                                      const DraftId& id) const;

  std::mutex publishing_;  // held while batches are made, also over the network; taken first
  mutable std::mutex mutex_;
  std::condition_variable_any work_came_;
  bool work_ = false;  // a complete record has come
  Inbox inbox_;
  Replica* replica_;
  bool publishes_;
  Sequencer sequencer_;
  RegistryLimits limits_;
  ClientHash clients_;
  Confirmed confirmed_;              // empty once it is confirmed
  mutable std::mutex waited_mutex_;  // for the next two
  Standing::Kind standing_ = Standing::Kind::kConfirmed;
  std::optional<Waited> waited_;
  WaitingById waiting_;                      // everything in the inbox
  std::uint64_t loaded_policy_ = 0;          // the version by which the inbox was read
  std::map<DraftId, KeptRefusal> refusals_;  // every statement in the inbox
  std::map<DraftId, std::string> refused_;   // by the rules when their turn came: the newest
  std::deque<DraftId> refused_order_;
};

}  // namespace cityid
