// cityid witness
#include "ledger/consortium/witness.h"

#include <cstdio>

#include "cli/checking/trust.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/records/deliver.h"
#include "cli/serving/config.h"
#include "cli/serving/follow.h"
#include "cli/serving/listen.h"
#include "cli/terminal.h"
#include "resolver/remote/http_source.h"
#include "resolver/routes/router.h"

namespace cityid::cli {

Result<int> RunWitness(const WitnessOptions& options) {
  std::string ledger;
  std::string listen_text = "127.0.0.1:8081";
  std::string key_file;
  std::string log;
  std::string trust_file;
  PassphraseOptions passphrase;
  const auto read = ReadConfig(options.config, {{"ledger", &ledger},
                                                {"listen", &listen_text},
                                                {"key", &key_file},
                                                {"passphrase_file", &passphrase.file},
                                                {"log", &log},
                                                {"trust", &trust_file}});
  if (!read) return read.error();
  for (const auto& [name, value] : {std::pair("ledger", &ledger), std::pair("key", &key_file),
                                    std::pair("log", &log), std::pair("trust", &trust_file)}) {
    if (value->empty()) return Error{Errc::kUsage, options.config + " lacks the key " + name};
  }
  auto listen = ParseListen(listen_text);
  if (!listen) return listen.error();
  const auto trust = ReadTrustFile(trust_file);
  if (!trust) return trust.error();
  auto keys = OpenKeys({key_file}, passphrase);
  if (!keys) return keys.error();
  auto replica = OpenFollowing(ledger);
  if (!replica) return replica.error();
  {
    const auto view = replica->Read();
    if (!view) return view.error();
    if (view->head().base.value > 0) {
      return Error{Errc::kRefused, ledger +
                                       " began with a snapshot; a witness has replayed "
                                       "everything itself, so give it a new directory"};
    }
  }
  Witness witness(*replica,
                  {std::move(keys->front()), trust->trust, std::make_unique<HttpSource>(log)});
  const auto caught_up = witness.CatchUp(Now());
  if (!caught_up && caught_up.error().code == Errc::kForged) return caught_up.error();
  if (!caught_up) std::fprintf(stderr, "cityid: %s\n", Printable(caught_up.error().detail).c_str());

  BlockSignals();
  Service service;
  service.replica = &*replica;
  service.now = [] { return Now(); };
  service.witness = &witness;
  ListenerOptions listening;
  listening.addresses = {*listen};
  listening.workers = 4;
  const Handler handler = [service](const Request& request) {
    return Prepare(WitnessRouter().Handle(service, request).response);
  };
  const auto listener = Listener::Start(
      listening, [handler] { return handler; },
      [](std::string_view path) { return WitnessRouter().BodyLimit(path); });
  if (!listener) return listener.error();
  std::fprintf(stderr, "witness on %s; stop with Ctrl-C\n",
               BaseUrl(*listen, (*listener)->port()).c_str());
  ServeUntilSignal({});
  return 0;
}

}  // namespace cityid::cli
