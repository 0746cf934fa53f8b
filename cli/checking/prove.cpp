// cityid prove | pack | check
#include "resolver/proving/prove.h"

#include <algorithm>

#include "cli/checking/checker.h"
#include "cli/checking/commands.h"
#include "cli/checking/remote_answer.h"
#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/streams.h"
#include "resolver/proving/pack.h"
#include "resolver/routing/prefix.h"

namespace cityid::cli {
namespace {

/// Returns "ID" or "ID/digits" for an identifier as somebody typed it, a code's path, or its URL.
Result<std::string> AboutOf(const std::string& text) {
  if (text.starts_with("https://")) {
    const auto scanned = ParseScanned(AsBytes(text));
    if (!scanned) return scanned.error();
    return AboutCode(scanned->code);
  }
  if (text.find('/') != std::string::npos) return text;
  const auto id = CityId::ParseTyped(text);
  if (!id) return Usage(id.error().detail);
  return id->text();
}

/// Returns what a pack is about, for a prefix or an identifier as somebody typed it.
Result<std::string> AboutPackOf(const std::string& text) {
  if (const auto prefix = ReadPrefix(text)) return AboutPack(*prefix);
  return Usage(CityId::ParseTyped(text).error().detail);
}

/// Writes a proof, or a pack.
struct ProveCommand {
  bool pack;
  std::string about = {}, ledger = {}, resolver = {}, output = {}, state = {};

  void Declare(Command& command) {
    if (pack) {
      command.Argument("PREFIX", &about, "Prefix or identifier, e.g. MA.156 or MA.156.1301");
    } else {
      command.Argument("ID", &about, "Identifier, ID/digits, or the URL of a code");
    }
    command.Option("--ledger", &ledger, "Ledger directory");
    command.Option("--resolver", &resolver, "Resolver to fetch it from");
    command.Exclude("--resolver", "--ledger");
    command.Required("-o,--output", &output, "Where to write it");
    command.Option("--state", &state, "Prove consistency with the head in this file");
  }

  Result<int> Run() const;
};

Result<Bytes> ProveFromLedger(const std::string& directory, const std::string& about,
                              const std::optional<KeptHead>& kept) {
  const auto replica = Replica::Open(directory, Replica::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  if (const auto reached = view->CheckReached(); !reached) return reached.error().In(directory);
  std::optional<TreeSize> since;
  if (kept) since = kept->checkpoint.size;
  if (const auto prefix = PackPrefix(about)) return MakePack(*prefix, *view, Now(), since);
  return Prove(about, *view, Now(), since);
}

Result<int> ProveCommand::Run() const {
  if (ledger.empty() == resolver.empty())
    return Usage("give either --ledger DIR or --resolver URL");
  const auto path = pack ? AboutPackOf(about) : AboutOf(about);
  if (!path) return path.error();
  const auto kept = ReadKeptHead(state);
  if (!kept) return kept.error();
  const auto proof =
      ledger.empty() ? FetchProof(resolver, *path, *kept) : ProveFromLedger(ledger, *path, *kept);
  if (!proof) return proof.error();
  if (const auto parsed = ParseProof(*proof); !parsed)
    return Error{Errc::kNetwork, resolver + " answered what is no proof: " + parsed.error().detail};
  if (const auto written = WriteOutput(output, *proof); !written) return written.error();
  if (output != "-") Say("wrote " + output + ", " + std::to_string(proof->size()) + " bytes");
  return 0;
}

struct CheckCommand {
  std::string file, trust, state, about;
  unsigned max_age = 168;  ///< hours
  bool json = false;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "A proof document or a pack");
    command.Required("--trust", &trust, "Trust file (tlog-policy)");
    command.Option("--state", &state, "Keep the newest head seen here; nothing older is believed");
    command.Option("--about", &about, "What it must be about: identifier, ID/digits or URL");
    command.Option("--max-age", &max_age, "Hours since the quorum cosigned");
    command.Option("--json", &json, "For programs");
  }

  Result<int> Run() const;
  Result<std::optional<Query>> Asked(ByteView document) const;
};

/// Returns what --about asks. Errors: kForged if the document is no pack and says that it is about
/// something else.
Result<std::optional<Query>> CheckCommand::Asked(ByteView document) const {
  if (about.empty()) return std::optional<Query>();
  const auto path = AboutOf(about);
  if (!path) return path.error();
  const auto parsed = ParseProof(document);
  if (!parsed) return parsed.error();
  if (parsed->about != *path && !PackPrefix(parsed->about))
    return Error{Errc::kForged, "the proof is about " + parsed->about + ", not " + *path};
  return std::optional(QueryAbout(*path));
}

Result<int> CheckCommand::Run() const {
  AgeLimits limits;
  limits.hard = std::chrono::hours(max_age);
  limits.soft = std::min(limits.soft, limits.hard);
  auto checker = Checker::Open(trust, state, limits);
  if (!checker) return checker.error();
  const auto document = ReadInput(file, kMaxPack);
  if (!document) return document.error();
  const auto query = Asked(*document);
  if (!query) return query.error();
  const auto checked = checker->Check(*document, *query);
  if (!checked) return checked.error();
  return PrintAnswer(RenderedAnswer::Of(*checked), json);
}

}  // namespace

void AddProve(Command& top) {
  top.Add("prove", "Write the proof of what the ledger says", ProveCommand{.pack = false});
  top.Add("pack", "Write everything below a prefix, to judge codes without a network",
          ProveCommand{.pack = true});
  top.Add("check", "Check a proof with nothing but a trust file", CheckCommand());
}

}  // namespace cityid::cli
