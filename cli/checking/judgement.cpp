#include "cli/checking/judgement.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "cli/checking/checker.h"
#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/streams.h"
#include "resolver/answer/check.h"

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
  Result<RenderedAnswer> Ask(const Bytes& content, const ScannedCode& scanned) {
    const auto checked =
        resolver_.empty() ? CheckGiven(content, scanned.code) : CheckFetched(content, scanned.code);
    if (!checked) return checked.error();
    return RenderedAnswer::Of(*checked);
  }

  /// Returns the hosts of the policy that the proofs show. Without any, a resolver's word is taken:
  /// a host that it keeps to itself makes what is at that host a stranger's.
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

/// Returns true if a document is a proof of something else.
bool IsNoPack(ByteView document) {
  const auto parsed = ParseProof(document);
  return parsed && !PackPrefix(parsed->about);
}

/// Judges codes by packs alone: no ledger and no network.
class PackJudge {
 public:
  /// Reads packs and a trust file, and verifies them. Compares those that were not accepted before
  /// with the head in the state file (if there is one), and writes down there that they were
  /// accepted. Errors: those of reading; those of `ProvenState::Open`; kForged if two packs of the
  /// same size show different histories; those of different sizes are not compared.
  static Result<PackJudge> Open(const JudgementOptions& options) {
    const auto trusted = ReadTrustFile(options.asked.trust);
    if (!trusted) return NoEvidence(trusted.error());
    const auto kept = ReadKeptHead(options.asked.state);
    if (!kept) return NoEvidence(kept.error());
    PackJudge judge;
    std::optional<KeptHead> keep = *kept;
    for (const std::string& file : options.packs) {
      const auto document = ReadInput(file, kMaxPack);
      if (!document) return document.error();
      auto pack = ProvenState::OpenPack(*document, trusted->trust, Now(), *kept);
      if (!pack && IsNoPack(*document)) return Usage(file + " is no pack; use --proof");
      if (!pack) return NoEvidence(pack.error().In(file));
      const Checkpoint& head = pack->checkpoint().checkpoint;
      keep = KeptHead::After(keep, *pack);
      if (keep->checkpoint.size == head.size && keep->checkpoint.root != head.root)
        return Error{Errc::kForged, file + ": another history of the same size was seen"};
      judge.packs_.push_back(*std::move(pack));
    }
    // The same second may have two heads.
    std::ranges::stable_sort(judge.packs_, std::greater(), [](const ProvenState& pack) {
      return std::pair(pack.head().size, pack.head().time);
    });
    if (const auto saved = KeepHead(options.asked.state, *keep); !saved) return saved.error();
    return judge;
  }

  /// Returns the answer of the newest pack that reaches one. Errors: kNotFound if none does, so
  /// that nobody can tell; kCorrupt.
  Result<RenderedAnswer> Ask(const Bytes& content, const ScannedCode& scanned) const {
    const Query query = Query::Scanned(content);
    for (const ProvenState& pack : packs_) {
      const auto checked = AnswerFrom(pack, query, AgeLimits{}, Now());
      if (!checked && checked.error().code == Errc::kNotFound) continue;
      if (!checked) return checked.error();
      return RenderedAnswer::Of(*checked);
    }
    return Error{Errc::kNotFound, "can't tell: none of the packs reaches " +
                                      scanned.code.claims.subject.text() +
                                      "; get one with cityid pack"};
  }

  /// Returns the hosts of the packs' policies. Errors: kCorrupt.
  Result<std::vector<std::string>> Hosts() const {
    std::vector<std::string> hosts;
    for (const ProvenState& pack : packs_) {
      const auto mark = MarkOf(pack, pack.head(), AgeLimits{}, Now());
      if (!mark) return mark.error();
      std::ranges::copy(mark->policy->policy.hosts, std::back_inserter(hosts));
    }
    return hosts;
  }

 private:
  std::vector<ProvenState> packs_;  // the newest first
};

/// Takes the word of a resolver, or of a ledger on this machine.
struct WordJudge {
  Resolver resolver;

  Result<RenderedAnswer> Ask(const Bytes&, const ScannedCode& scanned) const {
    return cli::Ask(resolver, AboutScanned(scanned));
  }
  Result<std::vector<std::string>> Hosts() const { return HostsOf(resolver); }
};

/// Returns a judge that was opened as what judges contents. What is no code needs no judge.
template <class Judge>
Result<Judgement> JudgementBy(Result<Judge> opened) {
  if (!opened) return opened.error();
  const auto judge = std::make_shared<Judge>(*std::move(opened));
  const auto ask = [judge](const Bytes& content) -> Result<RenderedAnswer> {
    const auto scanned = ParseScanned(content);
    if (!scanned) return NoCode(scanned.error());
    return judge->Ask(content, *scanned);
  };
  return Judgement{ask, [judge] { return judge->Hosts(); }};
}

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
    return Usage(
        "give --ledger DIR, or --resolver URL [--trust FILE], or --trust FILE with --proof FILE or "
        "--pack FILE");
  }
  if (!packs.empty()) return JudgementBy(PackJudge::Open(*this));
  if (!proofs.empty()) return JudgementBy(ProofJudge::Open(*this));
  const auto resolver = asked.Open();
  if (!resolver) return resolver.error();
  if (!asked.trust.empty()) return JudgementBy(ProofJudge::Open(*this));
  return JudgementBy(Result(WordJudge{*resolver}));
}

}  // namespace cityid::cli
