#include "cli/checking/pack_judge.h"

#include <algorithm>
#include <utility>

#include "cli/checking/prove.h"
#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/streams.h"
#include "resolver/answer/check.h"

namespace cityid::cli {
namespace {

/// Returns true if a document is a proof of something else.
bool IsNoPack(ByteView document) {
  const auto parsed = ParseProof(document);
  return parsed && !PackPrefix(parsed->about);
}

}  // namespace

Result<PackJudge> PackJudge::Open(const std::vector<std::string>& files, const std::string& trust,
                                  const std::string& state) {
  const auto trusted = ReadTrustFile(trust);
  if (!trusted) return NoEvidence(trusted.error());
  const auto kept = ReadKeptHead(state);
  if (!kept) return NoEvidence(kept.error());
  PackJudge judge;
  std::optional<KeptHead> keep = *kept;
  for (const std::string& file : files) {
    const auto document = ReadInput(file, kMaxPack);
    if (!document) return document.error();
    auto pack = ProvenState::OpenPack(*document, trusted->trust, Now(), *kept);
    if (!pack && IsNoPack(*document)) return Error{Errc::kUsage, file + " is no pack; use --proof"};
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
  if (const auto saved = KeepHead(state, *keep); !saved) return saved.error();
  return judge;
}

Result<RenderedAnswer> PackJudge::Ask(ByteView content) const {
  const auto scanned = ParseScanned(content);
  if (!scanned) return NoCode(scanned.error());
  const Query query = Query::Scanned(content);
  for (const ProvenState& pack : packs_) {
    const auto checked = AnswerFrom(pack, query, AgeLimits{}, Now());
    if (!checked && checked.error().code == Errc::kNotFound) continue;
    if (!checked) return checked.error();
    return RenderedAnswer::Of(*checked);
  }
  return Error{Errc::kNotFound, "can't tell: none of the packs reaches " +
                                    scanned->code.claims.subject.text() +
                                    "; get one with cityid pack"};
}

Result<std::vector<std::string>> PackJudge::Hosts() const {
  std::vector<std::string> hosts;
  for (const ProvenState& pack : packs_) {
    const auto mark = MarkOf(pack, pack.head(), AgeLimits{}, Now());
    if (!mark) return mark.error();
    std::ranges::copy(mark->policy->policy.hosts, std::back_inserter(hosts));
  }
  return hosts;
}

}  // namespace cityid::cli
