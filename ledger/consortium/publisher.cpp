#include "ledger/consortium/publisher.h"

#include <algorithm>
#include <thread>

#include "codec/text.h"
#include "ledger/proof/proof.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::sys_seconds;

/// The time that other witnesses still have when there is a quorum.
constexpr milliseconds kGrace{100};
constexpr milliseconds kTick{5};
/// How often a witness that is busy is asked again in a round, and after which time.
constexpr int kBusyAgain = 4;
constexpr milliseconds kBusyPause{250};

/// Returns the newest policy before `version` that was published. Returns nothing if there is none:
/// then nobody can have a trust file of it.
Result<std::optional<PolicyState>> PolicyBefore(const LedgerView& ledger, std::uint64_t version) {
  while (version > 1) {
    const auto stored = ledger.PolicyProof(--version);
    if (!stored) return stored.error();
    if (!*stored) continue;
    auto policy = ClaimedPolicy(**stored);
    if (!policy) return policy.error();
    return std::optional(*std::move(policy));
  }
  return std::optional<PolicyState>();
}

/// Returns true if the note satisfies every one of the policies.
bool Satisfies(const std::vector<Trust>& trusts, const Note& note, sys_seconds now) {
  return std::ranges::all_of(trusts,
                             [&](const Trust& trust) { return trust.Open(note, now).ok(); });
}

/// Returns the note with no more lines than every verifier reads: all, or only those that the
/// quorums need. To leave the fewest, it first removes lines that one policy asks for, then those
/// that both do.
Note Shortened(const std::vector<Trust>& trusts, const Note& note, sys_seconds now) {
  if (note.signatures.size() <= kMaxNoteSignatures) return note;
  const auto asked_by = [&](const NoteSignature& line) {
    return std::ranges::count_if(trusts, [&](const Trust& trust) {
      const auto is_its = [&](const NoteKey& key) { return IsBy(line, key); };
      return std::ranges::any_of(trust.logs(), is_its) ||
             std::ranges::any_of(trust.WitnessKeys(), is_its);
    });
  };
  std::vector<NoteSignature> order = note.signatures;
  std::ranges::stable_sort(order, {}, asked_by);
  Note shorter = note;
  for (const NoteSignature& line : order) {
    Note without = shorter;
    std::erase(without.signatures, line);
    if (Satisfies(trusts, without, now)) shorter = std::move(without);
  }
  return shorter;
}

}  // namespace

Publisher::Publisher(PublisherParts parts) : parts_(std::move(parts)) {
  for (auto& cosigner : parts_.cosigners) witnesses_.push_back({cosigner.get(), {}, {}, {}});
}

std::vector<PublicKey> Publisher::Keys() const {
  std::vector<PublicKey> keys;
  for (const SecretKey& key : parts_.log_keys) keys.push_back(key.public_key());
  for (const SecretKey& key : parts_.witness_keys) keys.push_back(key.public_key());
  return keys;
}

Publisher::~Publisher() {
  for (Asked& witness : witnesses_) {
    if (witness.reply.valid()) witness.reply.wait();
  }
}

Result<void> Publisher::Ask(Asked& witness, const Note& note, const Batch& after) {
  const TreeSize size = after.head().size;
  witness.size = std::min(witness.size, size);
  auto path = ProveConsistency(after, witness.size, size);
  if (!path) return path.error();
  // Only the log's signatures: the witnesses need no others.
  const std::string body = CosignRequest{witness.size, *std::move(path), WriteNote(note)}.text();
  witness.reply = std::async(std::launch::async, [cosigner = witness.cosigner, body] {
    return cosigner->AddCheckpoint(body);
  });
  return {};
}

bool Publisher::AddReply(Asked& witness, Note& note, TreeSize size,
                         const std::vector<Trust>& trusts) {
  const auto reply = witness.reply.get();
  if (!reply) {
    witness.trouble = reply.error().detail;
    return false;
  }
  if (reply->status == 409) {
    std::string_view text = reply->body;
    const auto last = ParseDecimal(TakeUntil(text, '\n'));
    witness.trouble = "has cosigned another size";
    if (!last || *last > size.value || TreeSize{*last} == witness.size) return false;
    witness.size = TreeSize{*last};
    return true;
  }
  if (reply->status != 200) {
    witness.trouble = "answered " + reply->words();
    if (reply->status != 503 || ++witness.busy > kBusyAgain) return false;
    witness.pause = steady_clock::now() + kBusyPause;
    return true;
  }
  witness.trouble = "sent no cosignature of a key of the policy";
  for (const NoteSignature& line : ReadableLines(reply->body)) {
    for (const Trust& trust : trusts) {
      for (const NoteKey& key : trust.WitnessKeys()) {
        if (!VerifyNoteSignature(note.text, line, key)) continue;
        AddSignature(note, line);
        witness.size = size;
        witness.trouble.clear();
      }
    }
  }
  return false;
}

void Publisher::Gather(Note& note, const Batch& after, const std::vector<Trust>& trusts,
                       sys_seconds now) {
  const Note signed_by_log = note;
  const TreeSize size = after.head().size;
  std::vector<Asked*> open;
  for (Asked& witness : witnesses_) {
    // A witness that still works on an earlier head is not asked again.
    if (witness.reply.valid()) {
      if (witness.reply.wait_for(milliseconds(0)) != std::future_status::ready) continue;
      if (!witness.reply.get()) witness.trouble = "has not answered in time";
    }
    witness.busy = 0;
    if (Ask(witness, signed_by_log, after)) open.push_back(&witness);
  }
  const auto deadline = steady_clock::now() + parts_.patience;
  auto until = deadline;
  while (!open.empty() && steady_clock::now() < until) {
    std::erase_if(open, [&](Asked* witness) {
      if (witness->reply.valid()) {
        if (witness->reply.wait_for(milliseconds(0)) != std::future_status::ready) return false;
        if (!AddReply(*witness, note, size, trusts)) return true;
      }
      if (steady_clock::now() < witness->pause) return false;
      return !Ask(*witness, signed_by_log, after);
    });
    if (until == deadline && Satisfies(trusts, note, now))
      until = std::min(deadline, steady_clock::now() + kGrace);
    if (!open.empty()) std::this_thread::sleep_for(kTick);
  }
  for (Asked* witness : open) {
    if (witness->reply.valid()) witness->trouble = "has not answered yet";
  }
}

void Publisher::SignByLog(Note& note, const std::vector<Trust>& trusts) const {
  for (const Trust& trust : trusts) {
    for (const NoteKey& log : trust.logs()) {
      for (const SecretKey& key : parts_.log_keys) {
        if (key.public_key() == log.key) AddSignature(note, SignNote(note.text, log.name, key));
      }
    }
  }
}

Result<Publication> Publisher::Finish(const Note& cosigned, const std::vector<Trust>& trusts,
                                      sys_seconds now) const {
  Publication publication{WriteNote(Shortened(trusts, cosigned, now)), {}, {}};
  for (const Trust& trust : trusts) {
    // With all lines first, so that a missing quorum is not taken for a note that is too short.
    auto opened = trust.Open(cosigned, now);
    if (opened) opened = trust.Open(publication.note, now);
    if (!opened) {
      std::string missing = opened.error().detail;
      for (const Asked& witness : witnesses_) {
        if (!witness.trouble.empty())
          missing += "; " + witness.cosigner->name() + ": " + witness.trouble;
      }
      return Error{Errc::kBusy, missing};
    }
    if (&trust == &trusts.front()) publication.time = opened->time;
  }
  return publication;
}

Result<Publisher::Judges> Publisher::JudgesOf(const LedgerView& before, const PolicyState& policy) {
  const std::uint64_t version = policy.policy.version;
  const auto ahead = before.FindTrustAhead();
  if (!ahead) return ahead.error();
  const bool by_file = *ahead && (*ahead)->judges;
  if (by_file && version < (*ahead)->file.version) return Judges{{(*ahead)->file.trust}, false};
  const auto stored = before.PolicyProof(version);
  if (!stored) return stored.error();
  Judges judges{{Trust::Of(policy)}, !*stored};
  if (*stored) return judges;
  if (by_file) {
    judges.trusts.push_back((*ahead)->file.trust);
    return judges;
  }
  const auto old = PolicyBefore(before, version);
  if (!old) return old.error();
  if (*old) judges.trusts.push_back(Trust::Of(**old));
  return judges;
}

Result<Publication> Publisher::Publish(const LedgerView& before, const Batch& after,
                                       sys_seconds now) {
  const auto policy = PolicyInForce(after);
  if (!policy) return policy.error();
  const auto judges = JudgesOf(before, *policy);
  if (!judges) return judges.error();
  const std::vector<Trust>& trusts = judges->trusts;
  const Head& head = after.head();
  const Checkpoint checkpoint{policy->origin, head.size, head.root};
  Note note{checkpoint.text(), {}};
  if (parts_.journal) {
    const auto kept =
        parts_.journal->Keep(after, {checkpoint, note.text, before.head().size, after.entries()});
    if (!kept) return kept.error();
  }
  SignByLog(note, trusts);
  if (note.signatures.empty()) {
    return Error{Errc::kBusy, "none of the log keys given is one of the policy's"};
  }
  Note cosigned = note;
  // Witness keys on this machine take no time that is ahead, as a witness elsewhere.
  const auto latest = std::max(now + kStateRootSkew, before.head().rules_time);
  if (head.rules_time <= latest) AddCosignatures(cosigned, trusts, parts_.witness_keys, now);
  if (!witnesses_.empty()) {
    Gather(note, after, trusts, now);
    for (NoteSignature& signature : note.signatures) AddSignature(cosigned, std::move(signature));
  }
  auto publication = Finish(cosigned, trusts, now);
  if (!publication)
    return Error{publication.error().code,
                 publication.error().detail + TimeAhead(head.rules_time, now)};
  if (!judges->first) return publication;
  auto proof = MakeProof(after, publication->note, {"", {PolicyKey()}, {}, {}});
  if (!proof) return proof.error();
  publication->policy_proof = *std::move(proof);
  return publication;
}

}  // namespace cityid
