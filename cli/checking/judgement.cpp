#include "cli/checking/judgement.h"

#include <map>
#include <memory>
#include <optional>

#include "cli/checking/checker.h"
#include "cli/checking/pack_judge.h"
#include "cli/checking/prove.h"
#include "cli/console/streams.h"

namespace cityid::cli {
namespace {

/// Judges codes by proofs alone: those given as files, or fetched from a resolver.
class ProofJudge {
 public:
  static Result<ProofJudge> Open(const JudgementOptions& options) {
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

}  // namespace

void JudgementOptions::Declare(Command& command) {
  asked.Declare(command);
  command.Option("--proof", &proofs, "Proof documents of the codes; no network is needed");
  command.Option("--pack", &packs, "Packs with the codes' identifiers; no network is needed");
}

Result<Judgement> JudgementOptions::Open() const {
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

}  // namespace cityid::cli
