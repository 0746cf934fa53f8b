#include "cli/serving/index_names.h"

#include "cli/console/stop.h"
#include "resolver/http/log.h"

namespace cityid::cli {

void IndexNames(Replica& replica, const std::string& ledger, const std::stop_token& stop) {
  Result<bool> indexed = false;
  {
    const auto view = replica.Read();
    indexed = view ? view->HasTerms() : view.error();
  }
  if (indexed && *indexed) return;
  LogInfo("the names of " + ledger +
          " are indexed anew, because they are not indexed or another version did it; until then "
          "search and peers are not answered");
  const auto done = indexed ? replica.IndexTerms({}, stop) : indexed.error();
  if (done) return LogInfo("the names of " + ledger + " are indexed");
  if (done.error().code != Errc::kStopped)
    LogError("the names of " + ledger + " are not indexed: " + done.error().detail);
}

std::jthread StartIndexing(Replica& replica, std::string ledger) {
  return std::jthread([&replica, named = std::move(ledger)](const std::stop_token& stop) {
    IndexNames(replica, named, stop);
  });
}

Result<Replica> OpenIndexed(const std::string& ledger, std::size_t map_size) {
  {
    auto replica = Replica::Open(ledger, Replica::Mode::kRead, map_size);
    if (!replica) return replica;
    const auto view = replica->Read();
    if (!view) return view.error();
    const auto indexed = view->HasTerms();
    if (!indexed) return indexed.error();
    if (*indexed) return replica;
  }
  // Only one environment of a directory may be open in a process, so the first is closed here.
  auto writer = Replica::Open(ledger, Replica::Mode::kWrite, map_size);
  std::stop_source stopping;
  if (writer) {
    const StopOnSignal stops(stopping);
    IndexNames(*writer, ledger, stopping.get_token());
  } else {
    LogInfo(
        "search and peers are not answered until the names are indexed, by the process that "
        "writes " +
        ledger + ": " + writer.error().detail);
  }
  writer = Error{Errc::kStopped, "closed"};
  if (stopping.stop_requested()) return writer;
  return Replica::Open(ledger, Replica::Mode::kRead, map_size);
}

}  // namespace cityid::cli
