// cityid follow
#include "cli/serving/follow.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/checking/mirror.h"
#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/stop.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "cli/serving/commands.h"
#include "cli/serving/index_names.h"
#include "cli/serving/listen.h"
#include "codec/time_text.h"
#include "ledger/cosigning/journal.h"
#include "resolver/http/log.h"

namespace cityid::cli {
namespace {

/// Polls once, with progress on the terminal. Logs what is wrong, unless it is what `reported`
/// says, and puts it there. Errors: those of `Follower::Poll`.
Result<FollowStep> Poll(Follower& follower, std::string& reported, const std::stop_token& stop) {
  std::optional<Progress> progress;
  const auto show = [&](TreeSize size) {
    if (!progress) progress.emplace("replaying entries:");
    progress->Show(size.value, 0);
  };
  const auto step = follower.Poll(Now(), {show, stop});
  progress.reset();
  std::string words;
  if (!step && step.error().code == Errc::kStopped) return step;
  if (!step) {
    words = step.error().detail;
  } else {
    if (step->kind == FollowStep::Kind::kFrozen)
      words = "frozen: there is evidence against the log; see cityid ledger evidence";
    for (const std::string& complaint : step->complaints)
      words += (words.empty() ? "" : "; ") + complaint;
  }
  if (words != reported && !words.empty()) LogInfo(Printable(words));
  reported = words;
  return step;
}

/// Checks that the journal of a registry's directory has the batch that waits, or a later one. Then
/// the batch may be replaced by what the log has published: it is not lost.
Result<void> CheckJournalHas(const std::string& ledger, const std::string& file, TreeSize end) {
  const auto journal = Journal::Open(Journal::FileOf(ledger, file));
  if (!journal) return journal.error();
  if (journal->newest() && journal->newest()->checkpoint.size >= end) return {};
  return Error{Errc::kRefused, ledger +
                                   " is a registry's, with a batch that waits for its quorum and "
                                   "isn't kept elsewhere; start its registry, which asks its "
                                   "witnesses, or follow into another directory"};
}

}  // namespace

Result<std::vector<std::shared_ptr<Source>>> OpenMirrors(const FollowOptions& options) {
  std::vector<std::shared_ptr<Source>> mirrors;
  for (const std::string& from : options.from) {
    auto mirror = OpenMirror(from);
    if (!mirror) return mirror.error();
    mirrors.push_back(*std::move(mirror));
  }
  return mirrors;
}

Result<Replica> OpenFollowing(const std::string& ledger, unsigned map_size,
                              const std::string& journal) {
  const std::size_t bytes = std::size_t{map_size} << 30;
  if (!Exists(std::filesystem::path(ledger) / "data.mdb"))
    return Replica::CreateEmpty(ledger, bytes);
  auto replica = Replica::Open(ledger, Replica::Mode::kWrite, bytes);
  if (!replica) return replica;
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto pending = view->Pending();
  if (!pending) return pending.error();
  if (!pending->empty()) {
    const TreeSize end{view->head().size.value + pending->size()};
    if (const auto kept = CheckJournalHas(ledger, journal, end); !kept) return kept.error();
  }
  return replica;
}

Result<Follower> MakeFollower(Replica& replica, const FollowOptions& options) {
  std::optional<TrustFile> trust;
  if (!options.trust.empty()) {
    auto file = ReadTrustFile(options.trust, Now());
    if (!file) return file.error();
    if (const auto demanded = replica.Demand(*file); !demanded) return demanded.error();
    trust = *std::move(file);
  }
  const auto view = replica.Read();
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!trust && !*policy)
    return Usage("an empty replica needs --trust FILE: whom is it to believe?");
  if (!trust) trust = TrustFile{Trust::Of(**policy), (*policy)->policy.version};
  auto mirrors = OpenMirrors(options);
  if (!mirrors) return mirrors.error();
  return Follower(replica, *std::move(trust), *std::move(mirrors));
}

std::jthread StartFollowing(Follower follower, std::chrono::milliseconds interval) {
  auto run = [follower = std::move(follower), interval](const std::stop_token& stop) mutable {
    constexpr std::chrono::milliseconds kTick{20};
    std::string reported;
    while (!stop.stop_requested()) {
      // After an error it polls again: a full disk may have room later.
      const auto step = Poll(follower, reported, stop);
      if (step && step->kind == FollowStep::Kind::kAdvanced) continue;
      for (auto waited = std::chrono::milliseconds(0);
           waited < std::max(interval, kTick) && !stop.stop_requested(); waited += kTick)
        std::this_thread::sleep_for(kTick);
    }
  };
  return std::jthread(std::move(run));
}

namespace {

struct FollowLog {
  FollowOptions options = {};
  std::string journal;
  unsigned map_size = 0;
  bool once = false;

  void Declare(Command& command) {
    command.Required("--from", &options.from,
                     "Mirror (URL or directory); may be given more than once");
    command.Required("--ledger", &options.ledger, "The replica; made if it is not there");
    command.Option("--trust", &options.trust,
                   "Trust file: nothing older than it is believed; an empty replica needs one");
    command.Option("--poll", &options.interval, "Milliseconds between polls");
    command.Option("--map-size", &map_size,
                   "GiB that the ledger may grow to; 0: as before, at least 64");
    command.Option("--signed", &journal,
                   "Journal of a registry whose ledger this is, if it isn't DIR.signed");
    command.Option("--once", &once, "Stop when there is nothing newer");
  }

  Result<int> Run() const;
  Result<int> CatchUp(const Replica& replica, Follower& follower) const;
};

/// Polls until there is nothing newer.
Result<int> FollowLog::CatchUp(const Replica& replica, Follower& follower) const {
  std::stop_source stopping;
  const StopOnSignal stops(stopping);
  std::string reported;
  while (true) {
    const auto step = Poll(follower, reported, stopping.get_token());
    if (!step) return step.error();
    if (step->kind == FollowStep::Kind::kFrozen) return kNo;
    if (step->kind == FollowStep::Kind::kAdvanced) continue;
    const auto view = replica.Read();
    if (!view) return view.error();
    std::printf("%llu entries, as of %s\n",
                static_cast<unsigned long long>(view->head().size.value),
                TimeText(view->head().time).c_str());
    const bool nobody_answered = step->complaints.size() == options.from.size();
    return nobody_answered ? kCouldNot : 0;
  }
}

Result<int> FollowLog::Run() const {
  // Before a directory is made.
  if (const auto mirrors = OpenMirrors(options); !mirrors) return mirrors.error();
  auto replica = OpenFollowing(options.ledger, map_size, journal);
  if (!replica) return replica.error();
  auto follower = MakeFollower(*replica, options);
  if (!follower) return follower.error();
  if (once) {
    IndexNames(*replica, options.ledger);
    return CatchUp(*replica, *follower);
  }
  BlockSignals();
  const std::jthread indexing = StartIndexing(*replica, options.ledger);
  const std::jthread following =
      StartFollowing(*std::move(follower), std::chrono::milliseconds(options.interval));
  Say("following into " + options.ledger + "; stop with Ctrl-C");
  ServeUntilSignal({});
  return 0;
}

}  // namespace

void AddFollow(Command& top) { top.Add("follow", "Keep a replica up with a log", FollowLog()); }

}  // namespace cityid::cli
