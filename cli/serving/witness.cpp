// cityid witness
#include "ledger/consortium/witness.h"

#include <cstdio>

#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/records/deliver.h"
#include "cli/serving/commands.h"
#include "cli/serving/config.h"
#include "cli/serving/follow.h"
#include "cli/serving/listen.h"
#include "resolver/remote/http_source.h"
#include "resolver/routes/router.h"

namespace cityid::cli {
namespace {

/// What the configuration file says.
struct WitnessConfig {
  std::string ledger, key, log, trust;
  std::string listen = "127.0.0.1:8081";
  PassphraseOptions passphrase;
};

Result<WitnessConfig> ReadWitnessConfig(const std::string& file) {
  WitnessConfig config;
  const auto read = ReadConfig(file, {{"ledger", &config.ledger},
                                      {"listen", &config.listen},
                                      {"key", &config.key},
                                      {"passphrase_file", &config.passphrase.file},
                                      {"log", &config.log},
                                      {"trust", &config.trust}});
  if (!read) return read.error();
  for (const auto& [name, value] :
       {std::pair("ledger", &config.ledger), std::pair("key", &config.key),
        std::pair("log", &config.log), std::pair("trust", &config.trust)}) {
    if (value->empty()) return Error{Errc::kUsage, file + " lacks the key " + name};
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

Result<std::unique_ptr<Listener>> StartWitness(Witness& witness, const Replica& replica,
                                               const ListenAddress& address) {
  Service service;
  service.replica = &replica;
  service.now = [] { return Now(); };
  service.witness = &witness;
  ListenerOptions options;
  options.addresses = {address};
  options.workers = 4;
  const Handler handler = [service](const Request& request) {
    return Prepare(WitnessRouter().Handle(service, request).response);
  };
  return Listener::Start(
      options, [handler] { return handler; },
      [](std::string_view path) { return WitnessRouter().BodyLimit(path); });
}

struct RunWitness {
  std::string file;

  void Declare(Command& command) {
    command.Required("--config", &file,
                     "TOML file: ledger, listen, key, passphrase_file, log, trust");
  }

  Result<int> Run() const {
    const auto config = ReadWitnessConfig(file);
    if (!config) return config.error();
    const auto address = ParseListen(config->listen);
    if (!address) return address.error();
    const auto log = PeerUrl::Parse(config->log);
    if (!log) return log.error().In(file + ": log");
    const auto trust = ReadTrustFile(config->trust);
    if (!trust) return trust.error();
    auto keys = OpenKeys({config->key}, config->passphrase);
    if (!keys) return keys.error();
    auto replica = OpenFollowing(config->ledger);
    if (!replica) return replica.error();
    if (const auto whole = CheckWhole(*replica, config->ledger); !whole) return whole.error();
    Witness witness(*replica, {std::move(keys->front()), trust->trust,
                               std::make_unique<HttpSource>(*log / "ledger")});
    const auto caught_up = witness.CatchUp(Now());
    if (!caught_up && caught_up.error().code == Errc::kForged) return caught_up.error();
    if (!caught_up)
      std::fprintf(stderr, "cityid: %s\n", Printable(caught_up.error().detail).c_str());

    BlockSignals();
    const auto listener = StartWitness(witness, *replica, *address);
    if (!listener) return listener.error();
    std::fprintf(stderr, "witness on %s; stop with Ctrl-C\n",
                 BaseUrl(*address, (*listener)->port()).c_str());
    ServeUntilSignal({});
    return 0;
  }
};

}  // namespace

void AddWitness(Command& top) {
  top.Add("witness", "Replay a log and cosign its checkpoints", RunWitness());
}

}  // namespace cityid::cli
