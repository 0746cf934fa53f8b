// cityid trust new | update
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/checking/commands.h"
#include "cli/checking/mirror.h"
#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "codec/time_text.h"
#include "ledger/proof/policy_chain.h"
#include "ledger/store/replica.h"
#include "ledger/sync/source.h"

namespace cityid::cli {
namespace {

using std::chrono::sys_seconds;

/// Where policies come from, and what it reads from.
struct PolicySource {
  std::unique_ptr<Replica> replica;
  std::unique_ptr<LedgerView> view;
  std::unique_ptr<Source> source;
};

/// Opens an address, a ledger directory, or a directory of exported files. Errors: kNotFound; those
/// of `OpenMirror` and of opening.
Result<PolicySource> OpenSource(const std::string& location) {
  PolicySource opened;
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::path(location) / "data.mdb", error)) {
    auto replica = Replica::Open(location, Replica::Mode::kRead);
    if (!replica) return replica.error();
    opened.replica = std::make_unique<Replica>(*std::move(replica));
    auto view = opened.replica->Read();
    if (!view) return view.error();
    opened.view = std::make_unique<LedgerView>(*std::move(view));
    opened.source = std::make_unique<LedgerSource>(*opened.view);
  } else {
    auto mirror = OpenMirror(location);
    if (!mirror) return mirror.error();
    if (location.starts_with('/') && !std::filesystem::is_directory(location, error))
      return Error{Errc::kNotFound, location + " is no directory"};
    opened.source = *std::move(mirror);
  }
  return opened;
}

struct TrustNew {
  std::string ledger, output;

  void Declare(Command& command) {
    command.Required("--ledger", &ledger, "A ledger that you trust");
    command.Required("-o,--output", &output, "Where to write it");
  }

  Result<int> Run() const {
    const auto replica = Replica::Open(ledger, Replica::Mode::kRead);
    if (!replica) return replica.error();
    const auto view = replica->Read();
    if (!view) return view.error();
    if (const auto reached = view->CheckReached(); !reached) return reached.error().In(ledger);
    const auto policy = FindPolicy(*view);
    if (!policy) return policy.error();
    if (!*policy) return Error{Errc::kCorrupt, "ledger: it has no policy"};
    const auto written =
        WriteTrustFile(output, {Trust::Of(**policy), (*policy)->policy.version, view->head().time});
    if (!written) return written.error();
    Say("wrote " + output + ": policy " + std::to_string((*policy)->policy.version) + " of " +
        Printable((*policy)->origin));
    return 0;
  }
};

struct TrustUpdate {
  std::string file, from, output;
  unsigned max_age = kMaxTrustAge.count();  ///< days

  void Declare(Command& command) {
    command.Argument("FILE", &file, "Trust file");
    command.Required("--from", &from, "A resolver's URL, a ledger, or a directory of files");
    command.Option("-o,--output", &output, "Write here instead of replacing FILE");
    command.Option("--max-age", &max_age,
                   "Days since it was last confirmed, after which it must be renewed by hand");
  }

  Result<int> Run() const;
};

Result<int> TrustUpdate::Run() const {
  const sys_seconds now = Now();
  const auto old = ReadTrustFile(file);
  if (!old) return old.error();
  if (const auto young = old->CheckAge(now, std::chrono::days(max_age)); !young)
    return young.error().In(file);
  auto opened = OpenSource(from);
  if (!opened) return opened.error();
  Source& source = *opened->source;
  const auto note = source.Note();
  if (!note) return note.error();
  if (!*note) return Error{Errc::kNotFound, source.name() + " publishes no checkpoint"};
  WarnIfAhead(*old, file, now);
  const auto updated = BringForward(
      *old, [&](std::uint64_t version) { return source.PolicyProof(version); }, **note, now);
  if (!updated) return updated.error().In(source.name());
  const auto written = WriteTrustFile(output.empty() ? file : output, *updated);
  if (!written) return written.error();
  std::printf("policy %llu", static_cast<unsigned long long>(updated->version));
  if (updated->version != old->version && old->version != 0)
    std::printf(" (was %llu)", static_cast<unsigned long long>(old->version));
  if (updated->IsAhead(now)) {
    std::printf("\n");
    Say("cityid: the time that is ahead stays in the file");
  } else {
    std::printf(", confirmed %s\n", TimeText(*updated->confirmed).c_str());
  }
  return 0;
}

}  // namespace

void AddTrust(Command& top) {
  Command trust = top.Group("trust", "Make a trust file and bring it up to date");
  trust.Add("new", "Write the policy in force as a trust file", TrustNew());
  trust.Add("update", "Follow the chain of policies to the present", TrustUpdate());
}

}  // namespace cityid::cli
