// cityid follow | ledger evidence
#include "cli/serving/follow.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/checking/trust.h"
#include "cli/clock.h"
#include "cli/serving/listen.h"
#include "cli/terminal.h"
#include "codec/time_text.h"
#include "resolver/http/log.h"
#include "resolver/remote/http_source.h"

namespace cityid::cli {
namespace {

std::unique_ptr<Source> MirrorAt(const std::string& location) {
  if (location.starts_with("http://") || location.starts_with("https://"))
    return std::make_unique<HttpSource>(location);
  return std::make_unique<DirectorySource>(location);
}

}  // namespace

Result<Replica> OpenFollowing(const std::string& ledger) {
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::path(ledger) / "data.mdb", error))
    return Replica::CreateEmpty(ledger);
  auto replica = Replica::Open(ledger, Lmdb::Mode::kWrite);
  if (!replica) return replica;
  // Left undone by a restore that was interrupted.
  if (const auto indexed = replica->IndexTerms(); !indexed) return indexed.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto pending = view->Pending();
  if (!pending) return pending.error();
  if (!pending->empty()) {
    return Error{Errc::kRefused, ledger +
                                     " is a registry's, with a batch that waits for its "
                                     "quorum; let its registry go on, or follow elsewhere"};
  }
  return replica;
}

Result<Follower> MakeFollower(Replica& replica, const FollowOptions& options) {
  std::optional<Trust> trust;
  if (!options.trust.empty()) {
    auto file = ReadTrustFile(options.trust);
    if (!file) return file.error();
    trust = std::move(file->trust);
  }
  const auto view = replica.Read();
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!trust && !*policy) {
    return Error{Errc::kUsage, "an empty replica needs --trust FILE: whom is it to believe?"};
  }
  if (!trust) trust = Trust::Of((*policy)->origin, (*policy)->policy);
  std::vector<std::unique_ptr<Source>> mirrors;
  for (const std::string& from : options.from) mirrors.push_back(MirrorAt(from));
  return Follower(replica, *std::move(trust), std::move(mirrors));
}

Result<FollowStep> PollAndSay(Follower& follower, std::string& said) {
  std::optional<Progress> progress;
  std::uint64_t done = 0;
  const auto step = follower.Poll(Now(), [&](TreeSize size) {
    if (!progress) progress.emplace("replaying entries:", 0);
    progress->Advance(size.value - done);
    done = size.value;
  });
  progress.reset();
  std::string words;
  if (!step) {
    words = step.error().detail;
  } else {
    if (step->kind == FollowStep::Kind::kFrozen)
      words = "frozen: there is evidence against the log; see cityid ledger evidence";
    for (const std::string& complaint : step->complaints)
      words += (words.empty() ? "" : "; ") + complaint;
  }
  if (words != said && !words.empty()) LogInfo(Printable(words));
  said = words;
  return step;
}

Following::Following(Follower follower, std::chrono::milliseconds interval)
    : follower_(std::move(follower)), thread_([this, interval] { Run(interval); }) {}

Following::~Following() {
  stop_ = true;
  thread_.join();
}

void Following::Run(std::chrono::milliseconds interval) {
  constexpr std::chrono::milliseconds kTick{20};
  std::string said;
  while (!stop_) {
    // Trouble is said, and tried again: a full disk may have room later.
    const auto step = PollAndSay(follower_, said);
    if (step && step->kind == FollowStep::Kind::kAdvanced) continue;
    for (auto waited = std::chrono::milliseconds(0); waited < std::max(interval, kTick) && !stop_;
         waited += kTick)
      std::this_thread::sleep_for(kTick);
  }
}

Result<int> Follow(const FollowOptions& options) {
  auto replica = OpenFollowing(options.ledger);
  if (!replica) return replica.error();
  auto follower = MakeFollower(*replica, options);
  if (!follower) return follower.error();
  if (options.once) {
    std::string said;
    while (true) {
      const auto step = PollAndSay(*follower, said);
      if (!step) return step.error();
      if (step->kind == FollowStep::Kind::kFrozen) return kNo;
      if (step->kind == FollowStep::Kind::kAdvanced) continue;
      const auto view = replica->Read();
      if (!view) return view.error();
      std::printf("%llu entries, as of %s\n",
                  static_cast<unsigned long long>(view->head().size.value),
                  TimeText(view->head().time).c_str());
      const bool nobody = step->complaints.size() == options.from.size();
      return nobody ? kCouldNot : 0;
    }
  }
  BlockSignals();
  const Following following(*std::move(follower), std::chrono::milliseconds(options.interval));
  std::fprintf(stderr, "following into %s; stop with Ctrl-C\n", options.ledger.c_str());
  ServeUntilSignal({});
  return 0;
}

Result<int> LedgerEvidence(const LedgerEvidenceOptions& options) {
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto evidence = view->FindEvidence();
  if (!evidence) return evidence.error();
  if (!*evidence) {
    if (options.json) std::printf("null\n");
    if (!options.json) std::printf("there is no evidence against the log\n");
    return 0;
  }
  const std::string found = TimeText(
      std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>((*evidence)->time))));
  if (options.json) {
    const nlohmann::ordered_json json = {{"reason", (*evidence)->reason},
                                         {"found", found},
                                         {"frozen", (*evidence)->frozen},
                                         {"notes", (*evidence)->notes}};
    std::printf("%s\n", json.dump().c_str());
    return kNo;
  }
  std::printf("%s\nfound  %s\nfrozen %s\n", Printable((*evidence)->reason).c_str(), found.c_str(),
              (*evidence)->frozen ? "yes" : "no");
  for (const std::string& note : (*evidence)->notes) {
    std::printf("\n");
    for (std::size_t start = 0; start < note.size();) {
      const std::size_t end = std::min(note.find('\n', start), note.size());
      std::printf("%s\n", Printable(note.substr(start, end - start)).c_str());
      start = end + 1;
    }
  }
  return kNo;
}

}  // namespace cityid::cli
