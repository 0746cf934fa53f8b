#include "cli/serving/publishing.h"

#include "cli/console/clock.h"
#include "cli/console/command_line.h"
#include "cli/console/key_files.h"
#include "cli/console/terminal.h"
#include "ledger/consortium/confirmation.h"
#include "resolver/http/log.h"
#include "resolver/remote/http_witness.h"

namespace cityid::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kTryAgain{1};
constexpr std::chrono::minutes kConfirm{10};

}  // namespace

Registry::Publish PublishWith(std::shared_ptr<Publisher> publisher) {
  return [publisher = std::move(publisher)](const LedgerView& before, const Batch& after,
                                            std::chrono::sys_seconds now) {
    return publisher->Publish(before, after, now);
  };
}

Result<std::vector<std::unique_ptr<Cosigner>>> AskWitnesses(
    const std::vector<std::string>& addresses) {
  std::vector<std::unique_ptr<Cosigner>> cosigners;
  for (const std::string& address : addresses) {
    const auto prefix = PeerUrl::Parse(address);
    if (!prefix) return prefix.error().In("witness");
    cosigners.push_back(std::make_unique<HttpWitness>(*prefix));
  }
  return cosigners;
}

Result<Signing> SignWith(const PublishOptions& options, const std::string& ledger,
                         Replica& replica) {
  if (options.log_keys.empty()) {
    if (options.witness_keys.empty() && options.witnesses.empty()) return Signing();
    return Usage("--witness-key needs --log-key: a witness cosigns what a log signed");
  }
  auto cosigners = AskWitnesses(options.witnesses);
  if (!cosigners) return cosigners.error();
  auto log = OpenKeys(options.log_keys, options.passphrase);
  if (!log) return log.error();
  auto witnesses = OpenKeys(options.witness_keys, options.passphrase);
  if (!witnesses) return witnesses.error();
  auto journal = Journal::Open(Journal::FileOf(ledger, options.journal));
  if (!journal) return journal.error();
  PublisherParts parts;
  parts.log_keys = *std::move(log);
  parts.witness_keys = *std::move(witnesses);
  parts.cosigners = *std::move(cosigners);
  parts.journal = *std::move(journal);
  const auto publisher = std::make_shared<Publisher>(std::move(parts));
  const auto confirmation = std::make_shared<Confirmation>(replica, *publisher, options.without);
  return Signing{PublishWith(publisher), [publisher, confirmation](const std::stop_token& stop) {
                   return confirmation->Step(stop);
                 }};
}

Publishing::Publishing(Registry& registry, bool has_quorum)
    : registry_(registry),
      has_quorum_(has_quorum),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

std::optional<Error> Publishing::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

Result<void> Publishing::Step(bool goes_on, const std::stop_token& stop) {
  // After trouble of any kind a quorum is asked, each second until it has cosigned.
  const bool confirms = !goes_on || steady_clock::now() - confirmed_at_ >= kConfirm;
  auto done = registry_.PublishPending(Now(), confirms, stop);
  if (done && confirms) confirmed_at_ = steady_clock::now();
  return done;
}

void Publishing::Run(const std::stop_token& stop) {
  bool begun = false;
  std::string last_trouble;
  while (!stop.stop_requested()) {
    const auto done = Step(begun && last_trouble.empty(), stop);
    begun |= done.ok();
    const std::string trouble = done ? "" : done.error().detail;
    if (!begun && (done.error().code == Errc::kUsage || done.error().code == Errc::kCorrupt)) {
      const std::scoped_lock lock(mutex_);
      failure_ = done.error();
      return;
    }
    if (trouble != last_trouble) {
      if (done)
        LogInfo(has_quorum_ ? "the ledger goes on: a quorum has cosigned" : "the ledger goes on");
      if (!done) LogError("waiting: " + Printable(trouble));
    }
    last_trouble = trouble;
    registry_.WaitForWork(stop, kTryAgain);
  }
}

}  // namespace cityid::cli
