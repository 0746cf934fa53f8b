// cityid witness
#include "ledger/witness/witness.h"

#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/key_files.h"
#include "cli/console/stop.h"
#include "cli/console/streams.h"
#include "cli/serving/commands.h"
#include "cli/serving/config.h"
#include "cli/serving/follow.h"
#include "cli/serving/index_names.h"
#include "cli/serving/leave_fork.h"
#include "cli/serving/listen.h"
#include "resolver/http/log.h"
#include "resolver/remote/http_source.h"
#include "resolver/routes/routes.h"

namespace cityid::cli {
namespace {

/// Reads the file of --config. Errors: kUsage, naming the line or the key that is missing; those of
/// reading.
Result<WitnessConfig> ReadWitnessConfig(const std::string& file) {
  WitnessConfig config;
  const auto read = ReadConfig(file, {{"ledger", &config.ledger},
                                      {"map-size", &config.map_size},
                                      {"listen", &config.listen},
                                      {"key", &config.key},
                                      {"passphrase-file", &config.passphrase.file},
                                      {"log", &config.log},
                                      {"trust", &config.trust},
                                      {"metrics", &config.metrics},
                                      {"signed", &config.journal}});
  if (!read) return read.error();
  for (const auto& [name, value] :
       {std::pair("ledger", &config.ledger), std::pair("key", &config.key),
        std::pair("log", &config.log), std::pair("trust", &config.trust)}) {
    if (value->empty()) return Usage(file + " lacks the key " + name);
  }
  return config;
}

/// Refuses a replica that lacks the beginning of the log.
Result<void> CheckWhole(const Replica& replica, const std::string& ledger) {
  const auto view = replica.Read();
  if (!view) return view.error();
  if (view->head().base.value == 0) return {};
  return Error{Errc::kRefused, ledger +
                                   " began with a snapshot; a witness has replayed "
                                   "everything itself, so give it a new directory"};
}

Service ServiceOf(Witness& witness, const Replica& replica) {
  Service service;
  service.replica = &replica;
  service.now = [] { return Now(); };
  service.witness = &witness;
  return service;
}

std::vector<MoreMetrics> RefusalsOf(const Witness& witness) {
  MoreMetrics refusals{"cityid_witness_refusals_total", "Checkpoints that were refused, by reason.",
                       true, "reason"};
  for (const auto& [reason, counted] : witness.refusals())
    refusals.values.emplace_back(reason, static_cast<double>(counted.count));
  return {std::move(refusals)};
}

Result<std::unique_ptr<Listener>> StartWitness(const Service& service,
                                               const ListenAddress& address) {
  ListenerOptions options;
  options.addresses = {address};
  options.workers = 4;
  const Handler handler = [service](const Request& request, Thread thread) {
    const Call call = WitnessRouter().Match(service, request);
    if (thread == Thread::kLoop && BelongsOnWorker(call)) return SharedReply();
    return Prepare(WitnessRouter().Run(call).response);
  };
  return Listener::Start(
      options, [handler] { return handler; },
      [](const Request& head) { return WitnessRouter().TermsOf({}, head); });
}

/// Logs refusals, a line a reason at most once a minute. A request with another size than the
/// witness has is how a log learns of that size, and not worth a line.
class RefusalLog {
 public:
  void Write(const Witness& witness) {
    constexpr std::chrono::minutes kMinute{1};
    const auto now = std::chrono::steady_clock::now();
    for (const auto& [reason, counted] : witness.refusals()) {
      const auto [known, is_new] = logged_.try_emplace(std::string(reason));
      Logged& logged = known->second;
      if (counted.count == logged.count || reason == "size") continue;
      if (!is_new && now - logged.at < kMinute) continue;
      LogError("refused " + std::to_string(counted.count - logged.count) + " checkpoints (" +
               std::string(reason) + "): " + counted.words);
      logged = {counted.count, now};
    }
  }

 private:
  struct Logged {
    std::uint64_t count = 0;
    std::chrono::steady_clock::time_point at = {};
  };
  std::map<std::string, Logged> logged_;
};

Result<void> CatchUp(Witness& witness, const std::stop_source& stopping) {
  const StopOnSignal stops(stopping);
  return witness.CatchUp(Now());
}

/// Checks that the key can be read without its passphrase, which isn't asked for.
Result<int> CheckKeyFiles(const WitnessConfig& config) {
  const auto found = FindKeyFiles({config.key});
  if (!found) return found.error();
  Say("the configuration is right");
  return 0;
}

struct RunWitness {
  std::string file;
  bool check = false;
  bool nothing_newer = false;
  AskingOptions asking;
  std::string promise;
  std::vector<std::string> release;

  void Declare(Command& command) {
    command.Option("--check", &check, "Check the configuration and exit");
    command.Required(
        "--config", &file,
        "TOML file: ledger, map-size, listen, key, passphrase-file, log, trust, signed, metrics");
    command.Option("--nothing-newer", &nothing_newer,
                   "Begin the journal that is missing: this key has cosigned nothing that the log "
                   "has not published");
    command.Option("--promise", &promise,
                   "A release: promise never to cosign what it gives up, print that, and exit");
    command.Option("--release", &release,
                   "A release, or a promise: leave what is given up, and exit; several times");
    asking.Declare(command);
    command.Exclude("--promise", "--release");
  }

  Result<int> Run() const {
    const auto config = ReadWitnessConfig(file);
    if (!config) return config.error();
    const auto address = ParseListen(config->listen);
    if (!address) return address.error();
    const auto log = PeerUrl::Parse(config->log);
    if (!log) return log.error().In(file + ": log");
    const auto trust = ReadTrustFile(config->trust, Now());
    if (!trust) return trust.error();
    if (check) return CheckKeyFiles(*config);
    if (!promise.empty()) return PromiseForRelease(*config, promise, asking);
    if (!release.empty()) return LeaveByRelease(*config, release, asking);
    auto keys = OpenKeys({config->key}, config->passphrase);
    if (!keys) return keys.error();
    auto replica = OpenFollowing(config->ledger, config->map_size);
    if (!replica) return replica.error();
    if (const auto whole = CheckWhole(*replica, config->ledger); !whole) return whole.error();
    if (const auto demanded = replica->Demand(*trust); !demanded) return demanded.error();
    auto journal = Journal::Open(Journal::FileOf(config->ledger, config->journal));
    if (!journal) return journal.error();
    if (nothing_newer && !journal->newest()) {
      const auto begun = journal->Cover({keys->front().public_key()});
      if (!begun) return begun.error();
    }
    std::stop_source stopping;
    Witness witness(
        *replica, {std::move(keys->front()), *trust, std::make_unique<HttpSource>(*log / "ledger"),
                   *std::move(journal), stopping.get_token()});
    const auto taken_back = witness.TakeBackFromJournal(Now());
    if (!taken_back) return taken_back.error();
    const auto caught_up = CatchUp(witness, stopping);
    if (stopping.stop_requested()) return 0;
    // An empty directory may have come to where the journal's entries go on.
    if (const auto again = witness.TakeBackFromJournal(Now()); !again) return again.error();
    if (!caught_up && caught_up.error().code == Errc::kForged) return caught_up.error();
    if (!caught_up) SayError(caught_up.error());

    BlockSignals();
    const std::jthread indexing = StartIndexing(*replica, config->ledger);
    const Service service = ServiceOf(witness, *replica);
    const auto listener = StartWitness(service, *address);
    if (!listener) return listener.error();
    Say("witness on " + BaseUrl(*address, (*listener)->port()) + "; stop with Ctrl-C");
    const Metrics metrics({}, {});
    const auto operations =
        StartOperations(config->metrics, {WitnessRouter(), service, **listener, metrics,
                                          [&witness] { return RefusalsOf(witness); }});
    if (!operations) return operations.error();
    RefusalLog log_of_refusals;
    ServeUntilSignal({.goes_on = [&] {
      log_of_refusals.Write(witness);
      return true;
    }});
    stopping.request_stop();
    return 0;
  }
};

}  // namespace

void AddWitness(Command& top) {
  top.Add("witness", "Replay a log and cosign its checkpoints", RunWitness());
}

}  // namespace cityid::cli
