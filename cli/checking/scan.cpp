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
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

/// Judges the content of a symbol.
using Judgement = std::function<Result<RenderedAnswer>(const Bytes& content)>;

struct Scan {
  std::vector<std::string> files, proofs, packs;
  ResolverOptions asked;

  void Declare(Command& command) {
    command.Argument("FILE", &files, "PNG or JPEG images, files with a code, or URLs");
    asked.Declare(command);
    command.Option("--proof", &proofs, "Proof documents of the codes; no network is needed");
    command.Option("--pack", &packs, "Packs with the codes' identifiers; no network is needed");
  }

  Result<int> Run() const;
  Result<Judgement> Judge() const;
  int Print(const std::string& file, bool with_name, const RenderedAnswer& answer) const;
};

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
    return Judgement([kept](const Bytes& content) { return kept->Ask(content); });
  }
  if (!asked.trust.empty()) {
    auto judge = ProofJudge::Open(*this);
    if (!judge) return judge.error();
    const auto kept = std::make_shared<ProofJudge>(*std::move(judge));
    return Judgement([kept](const Bytes& content) { return kept->Ask(content); });
  }
  return Judgement([resolver = *resolver](const Bytes& content) -> Result<RenderedAnswer> {
    const auto scanned = ParseScanned(content);
    if (!scanned) return NoCode(scanned.error());
    return Ask(resolver, AboutScanned(*scanned));
  });
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

Result<int> Scan::Run() const {
  const auto judge = Judge();
  if (!judge) return judge.error();
  int status = 0;
  for (const std::string& file : files) {
    const auto contents = ContentsOf(file);
    if (!contents || contents->empty()) {
      const Error error = contents ? NoSymbol(file) : contents.error();
      std::fprintf(stderr, "cityid: %s\n", Printable(error.detail).c_str());
      status = std::max(status, contents ? kNo : ExitStatus(error.code));
      continue;
    }
    for (const Bytes& content : *contents) {
      const auto answer = (*judge)(content);
      if (!answer && answer.error().code == Errc::kNotFound) {
        std::fprintf(stderr, "cityid: %s\n", Printable(answer.error().detail).c_str());
        status = std::max(status, kCouldNot);
        continue;
      }
      if (!answer) return answer.error();
      const bool with_name = files.size() > 1 || contents->size() > 1;
      status = std::max(status, Print(file, with_name, *answer));
    }
  }
  return status;
}

}  // namespace

void AddScan(Command& top) { top.Add("scan", "Read codes from images and verify them", Scan()); }

}  // namespace cityid::cli
