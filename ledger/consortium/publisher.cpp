#include "ledger/consortium/publisher.h"

#include <algorithm>
#include <thread>

#include "codec/base64.h"
#include "codec/text.h"
#include "ledger/proof/proof.h"
#include "ledger/tlog/tree_proof.h"

namespace cityid {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::sys_seconds;

/// How long the others may still come when a quorum is there.
constexpr milliseconds kGrace{100};
constexpr milliseconds kTick{5};
constexpr std::size_t kMaxConsistency = 63;
constexpr std::size_t kMaxRequest = 8 * 1024 + kMaxNote;

/// The policy in force when the newest policy proof below `version` was made; nothing if there is
/// none, that is, if nobody can have a trust file of it.
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

void Add(Note& note, NoteSignature signature) {
  const bool there = std::ranges::any_of(note.signatures, [&](const NoteSignature& other) {
    return other.name == signature.name && other.id == signature.id;
  });
  if (!there) note.signatures.push_back(std::move(signature));
}

bool Satisfied(const std::vector<Trust>& trusts, const Note& note, sys_seconds now) {
  return std::ranges::all_of(trusts,
                             [&](const Trust& trust) { return trust.Open(note, now).ok(); });
}

/// No more lines than every verifier reads: all of them, or those that the quorums need. What one
/// policy alone asks for goes first, then what both do: so the fewest are left.
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
    if (Satisfied(trusts, without, now)) shorter = std::move(without);
  }
  return shorter;
}

}  // namespace

std::string CosignRequest::text() const {
  std::string text = "old " + std::to_string(old_size.value) + "\n";
  for (const NodeHash& hash : consistency) text += Base64(hash.view()) + "\n";
  return text + "\n" + note;
}

Result<CosignRequest> CosignRequest::Parse(std::string_view text) {
  const Error malformed{Errc::kMalformed, "add-checkpoint: the request is malformed"};
  if (text.size() > kMaxRequest) return Error{Errc::kTooLarge, "add-checkpoint: too large"};
  CosignRequest request;
  const std::size_t end = text.find("\n\n");
  if (!text.starts_with("old ") || end == std::string_view::npos) return malformed;
  request.note = text.substr(end + 2);
  std::string_view lines = text.substr(4, end - 4 + 1);
  for (bool first = true; !lines.empty(); first = false) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    if (first) {
      const auto size = ParseDecimal(line);
      if (!size) return malformed;
      request.old_size = TreeSize{*size};
      continue;
    }
    const auto bytes = FromBase64(line);
    const auto hash = bytes ? NodeHash::From(*bytes) : std::nullopt;
    if (!hash || request.consistency.size() == kMaxConsistency) return malformed;
    request.consistency.push_back(*hash);
  }
  return request;
}

Publisher::Publisher(PublisherParts parts) : parts_(std::move(parts)) {
  for (auto& cosigner : parts_.cosigners) witnesses_.push_back({std::move(cosigner), {}, {}, {}});
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
  // The log's own signatures only: who else cosigned is nobody's business yet.
  const std::string body = CosignRequest{witness.size, *std::move(path), WriteNote(note)}.text();
  Cosigner* cosigner = witness.cosigner.get();
  witness.reply =
      std::async(std::launch::async, [cosigner, body] { return cosigner->AddCheckpoint(body); });
  return {};
}

bool Publisher::Take(Asked& witness, Note& note, TreeSize size, const std::vector<Trust>& trusts) {
  const auto reply = witness.reply.get();
  if (!reply) {
    witness.trouble = reply.error().detail;
    return false;
  }
  if (reply->status == 409) {
    const std::string_view text = reply->body;
    const auto last = ParseDecimal(text.substr(0, text.find('\n')));
    witness.trouble = "has cosigned another size";
    if (!last || *last > size.value || TreeSize{*last} == witness.size) return false;
    witness.size = TreeSize{*last};
    return true;
  }
  if (reply->status != 200) {
    witness.trouble = "answered " + std::to_string(reply->status);
    return false;
  }
  const auto lines = ParseSignatureLines(reply->body);
  witness.trouble = "sent no cosignature of a key of the policy";
  if (!lines) return false;
  for (const NoteSignature& line : *lines) {
    for (const Trust& trust : trusts) {
      for (const NoteKey& key : trust.WitnessKeys()) {
        if (!IsBy(line, key) || !VerifyNoteSignature(note.text, line, key)) continue;
        Add(note, line);
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
    // One that still thinks about an earlier head is left alone.
    if (witness.reply.valid()) {
      if (witness.reply.wait_for(milliseconds(0)) != std::future_status::ready) continue;
      if (!witness.reply.get()) witness.trouble = "has not answered in time";
    }
    if (Ask(witness, signed_by_log, after)) open.push_back(&witness);
  }
  const auto deadline = steady_clock::now() + parts_.patience;
  auto until = deadline;
  while (!open.empty() && steady_clock::now() < until) {
    std::erase_if(open, [&](Asked* witness) {
      if (witness->reply.wait_for(milliseconds(0)) != std::future_status::ready) return false;
      return !Take(*witness, note, size, trusts) || !Ask(*witness, signed_by_log, after);
    });
    if (until == deadline && Satisfied(trusts, note, now))
      until = std::min(deadline, steady_clock::now() + kGrace);
    if (!open.empty()) std::this_thread::sleep_for(kTick);
  }
  for (Asked* witness : open) witness->trouble = "has not answered yet";
}

Result<Publication> Publisher::Publish(const LedgerView& before, const Batch& after,
                                       sys_seconds now) {
  const auto policy = FindPolicy(after);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "ledger: it has no policy"};
  const std::uint64_t version = (*policy)->policy.version;
  const auto stored = before.PolicyProof(version);
  if (!stored) return stored.error();
  std::vector<Trust> trusts = {Trust::Of((*policy)->origin, (*policy)->policy)};
  if (!*stored) {
    const auto old = PolicyBefore(before, version);
    if (!old) return old.error();
    if (*old) trusts.push_back(Trust::Of((*old)->origin, (*old)->policy));
  }

  const Head& head = after.head();
  Note note{Checkpoint{(*policy)->origin, head.size, head.root}.text(), {}};
  for (const Trust& trust : trusts) {
    for (const NoteKey& log : trust.logs()) {
      for (const SecretKey& key : parts_.log_keys) {
        if (key.public_key() == log.key) Add(note, SignNote(note.text, log.name, key));
      }
    }
  }
  if (note.signatures.empty()) {
    return Error{Errc::kBusy, "none of the log keys given is one of the policy's"};
  }
  Note cosigned = note;
  for (const Trust& trust : trusts) {
    for (const NoteKey& witness : trust.WitnessKeys()) {
      for (const SecretKey& key : parts_.witness_keys) {
        if (key.public_key() == witness.key)
          Add(cosigned, CosignNote(note.text, witness.name, key, now));
      }
    }
  }
  if (!witnesses_.empty()) {
    // Witnesses get the log's lines alone; theirs are added to those of this machine.
    Note gathered = note;
    Gather(gathered, after, trusts, now);
    for (NoteSignature& signature : gathered.signatures) Add(cosigned, std::move(signature));
  }
  Publication publication{WriteNote(Shortened(trusts, cosigned, now)), {}, {}};
  for (const Trust& trust : trusts) {
    // All lines first: whether a quorum is there is not a question of how many are kept.
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
  if (!*stored) {
    auto proof = MakeProof(after, publication.note, {"", {PolicyKey()}, {}, {}});
    if (!proof) return proof.error();
    publication.policy_proof = *std::move(proof);
  }
  return publication;
}

}  // namespace cityid
