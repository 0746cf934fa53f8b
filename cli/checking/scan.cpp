// cityid scan: images in, verdicts out.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "cli/checking/checker.h"
#include "cli/checking/commands.h"
#include "cli/checking/pack_judge.h"
#include "cli/checking/prove.h"
#include "cli/checking/remote_answer.h"
#include "cli/checking/scanned.h"
#include "cli/console/exit_status.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "codec/text.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

/// Whoever judges codes.
struct Judgement {
  /// Judges the content of a symbol.
  std::function<Result<RenderedAnswer>(const Bytes& content)> judge;
  /// Returns the hosts of the policy.
  std::function<Result<std::vector<std::string>>()> hosts;
};

struct Scan {
  std::vector<std::string> files, proofs, packs;
  ResolverOptions asked;

  void Declare(Command& command) {
    command.Argument("FILE", &files, "Pictures, PDFs, files with a code, or URLs");
    asked.Declare(command);
    command.Option("--proof", &proofs, "Proof documents of the codes; no network is needed");
    command.Option("--pack", &packs, "Packs with the codes' identifiers; no network is needed");
  }

  Result<int> Run() const;
  Result<Judgement> Judge() const;
  int ScanFile(const std::string& file, const Judgement& judgement, PictureSource& pictures) const;
  int ScanContents(const std::string& file, const ScannedContents& contents,
                   const Judgement& judgement) const;
  int Print(const std::string& file, bool with_name, const RenderedAnswer& answer) const;
};

/// Returns the exit status of two things together: a wrong command line says nothing of any code; a
/// code that isn't valid is never hidden by another that could not be judged.
int Worse(int one, int other) {
  for (const int status : {kUsage, kNo, kCouldNot})
    if (one == status || other == status) return status;
  return 0;
}

/// Says an error on standard error, and returns its exit status.
int Say(const Error& error) {
  std::fprintf(stderr, "cityid: %s\n", Printable(error.detail).c_str());
  return ExitStatus(error.code);
}

/// Returns true for a web address, which is foreign only if its host isn't one of the policy's.
bool IsWebAddress(const ScannedItem& item) {
  const std::string start = LowerCase(AsText(item.content).substr(0, 8));
  return start.starts_with("http://") || start == "https://";
}

/// Judges codes by proofs alone: those given as files, or fetched from a resolver.
class ProofJudge {
 public:
  static Result<ProofJudge> Open(const Scan& options) {
    auto checker = options.asked.OpenChecker();
    if (!checker) return checker.error();
    ProofJudge judge(**std::move(checker), options.asked.resolver);
    for (const std::string& file : options.proofs) {
      auto document = ReadInput(file, kMaxProof);
      if (!document) return document.error();
      const auto parsed = ParseProof(*document);
      if (!parsed) return parsed.error().In(file);
      judge.documents_[parsed->about] = *std::move(document);
    }
    return judge;
  }

  /// Returns the answer that a proof gives, and keeps the proof's head.
  Result<RenderedAnswer> Ask(const Bytes& content) {
    const auto scanned = ParseScanned(content);
    if (!scanned) return NoCode(scanned.error());
    const auto checked = resolver_.empty() ? CheckGiven(content, scanned->code)
                                           : CheckFetched(content, scanned->code);
    if (!checked) return checked.error();
    return RenderedAnswer::Of(*checked);
  }

  /// Returns the hosts of the policy that the proofs show. Without any, a resolver's word is taken: a
  /// host that it keeps to itself makes what is at that host a stranger's.
  Result<std::vector<std::string>> Hosts() {
    if (!resolver_.empty()) {
      const auto resolver = Resolver::At(resolver_);
      if (!resolver) return resolver.error();
      return HostsOf(*resolver);
    }
    const auto checked = checker_.Check(documents_.begin()->second, {});
    if (!checked) return checked.error();
    return checked->answer.ledger.policy->policy.hosts;
  }

 private:
  ProofJudge(Checker checker, std::string resolver)
      : checker_(std::move(checker)), resolver_(std::move(resolver)) {}

  Result<CheckedAnswer> Check(const Bytes& document, const Bytes& content) {
    return checker_.Check(document, Query::Scanned(content),
                          resolver_.empty() ? "a file" : resolver_);
  }

  Result<CheckedAnswer> CheckFetched(const Bytes& content, const ClaimedCode& code) {
    const auto document = checker_.Fetch(resolver_, AboutCode(code));
    if (!document) return document.error();
    return Check(*document, content);
  }

  /// Checks the code by its own proof, or by a proof of something else of the same subject: that
  /// one holds the subject's keys, which is enough to recognize a forged code.
  Result<CheckedAnswer> CheckGiven(const Bytes& content, const ClaimedCode& code) {
    const std::string about = AboutCode(code);
    const std::string& subject = code.claims.subject.text();
    if (const auto own = documents_.find(about); own != documents_.end())
      return Check(own->second, content);
    std::string why;
    for (const auto& [other, document] : documents_) {
      if (other != subject && !other.starts_with(subject + "/")) continue;
      auto checked = Check(document, content);
      if (checked) return checked;
      why = "; what there is of the same identifier does not settle it (" + checked.error().detail +
            ")";
    }
    return Error{Errc::kNotFound,
                 "none of the proofs is about this code: cityid prove " + about + why};
  }

  Checker checker_;
  std::string resolver_;
  std::map<std::string, Bytes> documents_;  ///< by what they are about
};

/// Returns what judges the codes, by the options. Errors: kUsage; those of opening.
Result<Judgement> Scan::Judge() const {
  const bool offline = !proofs.empty() || !packs.empty();
  const int ways =
      !asked.ledger.empty() + !asked.resolver.empty() + !proofs.empty() + !packs.empty();
  if (ways != 1 || (offline && asked.trust.empty()) ||
      (!asked.ledger.empty() && !asked.trust.empty())) {
    return Error{
        Errc::kUsage,
        "give --ledger DIR, or --resolver URL [--trust FILE], or --trust FILE with --proof "
        "FILE or --pack FILE"};
  }
  std::optional<Resolver> resolver;
  if (!offline) {
    auto opened = asked.Open();
    if (!opened) return opened.error();
    resolver = *std::move(opened);
  }
  if (!packs.empty()) {
    auto judge = PackJudge::Open(packs, asked.trust, asked.state);
    if (!judge) return judge.error();
    const auto kept = std::make_shared<PackJudge>(*std::move(judge));
    return Judgement{[kept](const Bytes& content) { return kept->Ask(content); },
                     [kept] { return kept->Hosts(); }};
  }
  if (!asked.trust.empty()) {
    auto judge = ProofJudge::Open(*this);
    if (!judge) return judge.error();
    const auto kept = std::make_shared<ProofJudge>(*std::move(judge));
    return Judgement{[kept](const Bytes& content) { return kept->Ask(content); },
                     [kept] { return kept->Hosts(); }};
  }
  const auto ask = [resolver = *resolver](const Bytes& content) -> Result<RenderedAnswer> {
    const auto scanned = ParseScanned(content);
    if (!scanned) return NoCode(scanned.error());
    return Ask(resolver, AboutScanned(*scanned));
  };
  return Judgement{ask, [resolver = *resolver] { return HostsOf(resolver); }};
}

/// Prints an answer, and returns its exit status.
int Scan::Print(const std::string& file, bool with_name, const RenderedAnswer& answer) const {
  RenderedAnswer printed = answer;
  if (asked.json) {
    printed.json.pop_back();  // the object is closed again below
    JsonText(printed.json).Member("file", file).EndObject();
  } else if (with_name) {
    std::printf("%s\n", file.c_str());
  }
  return PrintAnswer(printed, asked.json);
}

/// Judges every code in what was read, prints all of it, and returns the exit status.
int Scan::ScanContents(const std::string& file, const ScannedContents& contents,
                       const Judgement& judgement) const {
  Result<std::vector<std::string>> hosts = std::vector<std::string>();
  if (std::ranges::any_of(contents.items, [](const ScannedItem& item) {
        return !IsToBeJudged(item, {}) && IsWebAddress(item);
      }))
    hosts = judgement.hosts();
  // Without the hosts nobody can tell whether such an address is a stranger's.
  if (!hosts) Say(hosts.error().In(file + ": whose web address there is can't be told"));
  const bool with_name = files.size() > 1 || contents.items.size() > 1;
  int status = contents.incomplete.empty() && hosts ? 0 : kCouldNot;
  bool judged = false;
  for (const ScannedItem& item : contents.items) {
    if (!IsToBeJudged(item, hosts ? *hosts : std::vector<std::string>())) {
      const std::string line = asked.json ? ForeignJson(file, item) : ForeignText(item) + "\n";
      if (!asked.json && with_name) std::printf("%s\n", file.c_str());
      std::fwrite(line.data(), 1, line.size(), stdout);
      continue;
    }
    judged = true;
    const auto answer = judgement.judge(item.content);
    status = Worse(status, answer ? Print(file, with_name, *answer) : Say(answer.error()));
  }
  if (asked.json) std::fputs(IncompleteJson(file, contents).c_str(), stdout);
  for (const std::string& line : contents.incomplete)
    Say(Error{Errc::kNotFound, file + ": " + line});
  if (judged) return status;
  if (contents.items.empty() && contents.incomplete.empty())
    Say(Error{Errc::kNotFound, NoSymbol(file, contents)});
  if (!contents.items.empty())
    Say(Error{Errc::kNotFound, NoCityCode(file)});
  return kCouldNot;
}

/// Scans one input, and returns the exit status. What can't be read is not judged: status 3.
int Scan::ScanFile(const std::string& file, const Judgement& judgement,
                   PictureSource& pictures) const {
  const auto contents = ContentsOf(file, pictures);
  if (contents) return ScanContents(file, *contents, judgement);
  Say(contents.error());
  return kCouldNot;
}

Result<int> Scan::Run() const {
  const auto judgement = Judge();
  if (!judgement) return judgement.error();
  PictureSource pictures;
  int status = 0;
  for (const std::string& file : files) status = Worse(status, ScanFile(file, *judgement, pictures));
  return status;
}

}  // namespace

void AddScan(Command& top) { top.Add("scan", "Read codes from pictures and verify them", Scan()); }

}  // namespace cityid::cli
