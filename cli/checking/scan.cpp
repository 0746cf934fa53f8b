// cityid scan: images in, verdicts out.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "cli/checking/answer_text.h"
#include "cli/checking/commands.h"
#include "cli/checking/pack_judge.h"
#include "cli/checking/prove.h"
#include "cli/checking/remote_answer.h"
#include "cli/checking/scanned.h"
#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "ledger/store/replica.h"
#include "resolver/answer/answer_json.h"
#include "resolver/answer/resolve.h"
#include "resolver/http/peer_url.h"

namespace cityid::cli {
namespace {

using std::chrono::sys_seconds;

/// Judges the content of a symbol.
using Ask = std::function<Result<RenderedAnswer>(const Bytes& content)>;

struct Scan {
  std::vector<std::string> files, proofs, packs;
  std::string ledger, resolver, trust, state;
  bool json = false;

  void Declare(Command& command) {
    command.Argument("FILE", &files, "PNG or JPEG images, files with a code, or URLs");
    command.Option("--ledger", &ledger, "Ask the ledger in this directory");
    command.Option("--resolver", &resolver, "Ask this resolver, e.g. https://id.example.cn");
    command.Option("--trust", &trust,
                   "Trust file: check what the resolver says, or the proofs, against it");
    command.Option("--proof", &proofs, "Proof documents of the codes; no network is needed");
    command.Option("--pack", &packs, "Packs with the codes' identifiers; no network is needed");
    command.Option("--state", &state, "Keep the newest head seen here; nothing older is believed");
    command.Option("--json", &json, "One JSON object a code");
  }

  Result<int> Run() const;
  Result<Ask> Judge() const;
  void Print(const std::string& file, bool with_name, const RenderedAnswer& answer) const;
};

/// Judges codes by proofs alone: those given as files, or fetched from a resolver.
class ProofJudge {
 public:
  static Result<ProofJudge> Open(const Scan& options) {
    auto trust = ReadTrustFile(options.trust);
    if (!trust) return trust.error();
    auto kept = ReadKeptHead(options.state);
    if (!kept) return kept.error();
    ProofJudge judge(std::move(trust->trust), *std::move(kept), options);
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
    kept_ = checked->keep;
    if (const auto saved = KeepHead(state_, *kept_); !saved) return saved.error();
    return RenderedAnswer{checked->answer.verdict, CheckedJson(*checked),
                          AnswerText(checked->answer)};
  }

 private:
  ProofJudge(Trust trust, std::optional<KeptHead> kept, const Scan& options)
      : trust_(std::move(trust)),
        kept_(std::move(kept)),
        resolver_(options.resolver),
        state_(options.state) {}

  Result<CheckedAnswer> Check(const Bytes& document, const Bytes& content) const {
    return CheckAnswer(document, Query::Scanned(content), trust_, AgeLimits{}, Now(), kept_);
  }

  Result<CheckedAnswer> CheckFetched(const Bytes& content, const ClaimedCode& code) const {
    const auto document = FetchProof(resolver_, AboutCode(code), kept_);
    if (!document) return document.error();
    return Check(*document, content);
  }

  /// Checks the code by its own proof, or by a proof of something else of the same subject: that
  /// one holds the subject's keys, which is enough to recognize a forged code.
  Result<CheckedAnswer> CheckGiven(const Bytes& content, const ClaimedCode& code) const {
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

  Trust trust_;
  std::optional<KeptHead> kept_;
  std::string resolver_, state_;
  std::map<std::string, Bytes> documents_;  ///< by what they are about
};

/// Returns what judges the codes, by the options. Errors: kUsage; those of opening.
Result<Ask> Scan::Judge() const {
  const bool offline = !proofs.empty() || !packs.empty();
  const int ways = !ledger.empty() + !resolver.empty() + !proofs.empty() + !packs.empty();
  if (ways != 1 || (trust.empty() && offline) || (!trust.empty() && !ledger.empty())) {
    return Error{
        Errc::kUsage,
        "give --ledger DIR, or --resolver URL [--trust FILE], or --trust FILE with --proof "
        "FILE or --pack FILE"};
  }
  if (!resolver.empty()) {
    if (const auto peer = PeerUrl::Parse(resolver); !peer) return peer.error().In("--resolver");
  }
  if (!packs.empty()) {
    auto judge = PackJudge::Open(packs, trust, state);
    if (!judge) return judge.error();
    const auto kept = std::make_shared<PackJudge>(*std::move(judge));
    return Ask([kept](const Bytes& content) { return kept->Ask(content); });
  }
  if (!trust.empty()) {
    auto judge = ProofJudge::Open(*this);
    if (!judge) return judge.error();
    const auto kept = std::make_shared<ProofJudge>(*std::move(judge));
    return Ask([kept](const Bytes& content) { return kept->Ask(content); });
  }
  if (!ledger.empty()) {
    auto replica = Replica::Open(ledger, Replica::Mode::kRead);
    if (!replica) return replica.error();
    const auto kept = std::make_shared<Replica>(*std::move(replica));
    return Ask([kept](const Bytes& content) { return AskLedger(*kept, content); });
  }
  return Ask([this](const Bytes& content) -> Result<RenderedAnswer> {
    const auto scanned = ParseScanned(content);
    if (!scanned) return NoCode(scanned.error());
    return AskResolver(resolver, *scanned);
  });
}

void Scan::Print(const std::string& file, bool with_name, const RenderedAnswer& answer) const {
  if (!json) {
    if (with_name) std::printf("%s\n", file.c_str());
    std::printf("%s", answer.text.c_str());
    return;
  }
  std::string out = answer.json;
  out.pop_back();  // the object is closed again below
  JsonText(out).Member("file", file).EndObject();
  std::printf("%s\n", out.c_str());
}

Result<int> Scan::Run() const {
  const auto ask = Judge();
  if (!ask) return ask.error();
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
      const auto answer = (*ask)(content);
      if (!answer && answer.error().code == Errc::kNotFound) {
        std::fprintf(stderr, "cityid: %s\n", Printable(answer.error().detail).c_str());
        status = std::max(status, kCouldNot);
        continue;
      }
      if (!answer) return answer.error();
      status = std::max(status, Row(answer->verdict).exit_status);
      Print(file, files.size() > 1 || contents->size() > 1, *answer);
    }
  }
  return status;
}

}  // namespace

void AddScan(Command& top) { top.Add("scan", "Read codes from images and verify them", Scan()); }

}  // namespace cityid::cli
