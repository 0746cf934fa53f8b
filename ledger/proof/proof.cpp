#include "ledger/proof/proof.h"

#include <algorithm>

#include "codec/time_text.h"
#include "ledger/record/signed_record.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

Error Forged(const char* what) { return Error{Errc::kForged, std::string("proof: ") + what}; }

constexpr std::string_view kPack = "/pack";
constexpr std::string_view kPackLine = "pack ";
/// A record is longer than its signature. So short ones can't fill memory.
constexpr std::size_t kLeastRecord = 64;

/// Returns the most bytes that a document may have.
std::size_t LimitOf(std::string_view about) { return PackPrefix(about) ? kMaxPack : kMaxProof; }

Error TooLarge(std::size_t limit) {
  return Error{Errc::kTooLarge, "proof: larger than " + std::to_string(limit >> 20) + " MiB"};
}

/// Returns the hash of a document's bytes. The digest is its last field: zeros take its place.
ProofDigest DigestOf(ByteView document) {
  constexpr ProofDigest kZeros;
  const ByteView rest = document.first(document.size() - ProofDigest::kSize);
  return *ProofDigest::From(Sha256({rest, kZeros.view()}).view());
}

/// Returns the records that a value of the state names.
Result<std::vector<RecordRef>> RefsOf(ByteView key, ByteView value) {
  if (key.empty()) return std::vector<RecordRef>();
  switch (key.front()) {
    case 'I': {
      const auto id = DecodeFields<IdentifierState>(value);
      if (!id) return id.error();
      return std::vector{id->authority, id->holder, id->content, id->keys, id->aliases};
    }
    case 'P': {
      const auto prefix = DecodeFields<PrefixState>(value);
      if (!prefix) return prefix.error();
      return std::vector{prefix->record};
    }
    case 'G': {
      const auto policy = DecodeFields<PolicyState>(value);
      if (!policy) return policy.error();
      return std::vector{policy->record};
    }
    default:
      return std::vector<RecordRef>();
  }
}

/// Returns how many records a document says that it has, before they are read. 0 if it is
/// malformed before them: reading it says how.
std::uint64_t RecordCount(ByteView bytes) {
  CborReader in(bytes);
  const auto members = in.Map();
  for (std::uint64_t i = 0; members && i < *members; ++i) {
    const auto key = in.Uint();
    if (!key || *key < 1 || *key > 6) return 0;
    if (*key >= 3 && *key != 4 && *key != 6 && !in.ByteString()) return 0;
    if (*key <= 2 && !in.Text()) return 0;
    if (*key != 4 && *key != 6) continue;
    const auto items = in.Array();
    if (!items || *key == 6) return items ? *items : 0;
    for (std::uint64_t item = 0; item < *items; ++item) {
      if (!in.ByteString()) return 0;
    }
  }
  return 0;
}

Result<void> CheckKept(const KeptHead& kept, const Checkpoint& checkpoint,
                       const std::optional<ConsistencyProof>& proof) {
  const Checkpoint& old = kept.checkpoint;
  if (old.origin != checkpoint.origin) return Forged("it is of another log than the one kept");
  if (checkpoint.size < old.size) {
    return Error{Errc::kRefused, "the proof's ledger has " + std::to_string(checkpoint.size.value) +
                                     " entries; a later one of " + std::to_string(old.size.value) +
                                     " was seen before"};
  }
  if (checkpoint.size == old.size) {
    if (checkpoint.root != old.root) return Forged("another history of the same size was seen");
    return {};
  }
  if (!proof || proof->size != old.size.value) {
    return Error{Errc::kRefused, "the proof doesn't say how it goes on from the " +
                                     std::to_string(old.size.value) +
                                     " entries seen before; ask for one since that size"};
  }
  return VerifyConsistency(old.size, old.root, checkpoint.size, checkpoint.root, proof->path);
}

}  // namespace

std::string AboutPack(const Prefix& prefix) { return prefix.text() + std::string(kPack); }

std::optional<Prefix> PackPrefix(std::string_view about) {
  if (!about.ends_with(kPack)) return std::nullopt;
  about.remove_suffix(kPack.size());
  auto prefix = Prefix::Parse(about);
  if (!prefix) return std::nullopt;
  return *std::move(prefix);
}

Result<ProofParts> ReadParts(const Ledger& ledger, const ProofRequest& request) {
  const std::size_t limit = LimitOf(request.about);
  auto map = ProveKeys(ledger, ledger.head().map, request.keys, request.ranges, limit);
  if (!map) return map.error();
  ProofParts parts{*std::move(map), {}};
  std::vector<Index> indices = request.entries;
  std::ranges::sort(indices);
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  std::size_t size = parts.map.size();
  for (const Index index : indices) {
    const auto entry = ledger.Entry(index);
    if (!entry) return entry.error();
    size += entry->size();
    if (size > limit) return TooLarge(limit);
    parts.records.push_back(ToBytes(*entry));
  }
  return parts;
}

Result<Bytes> MakeProof(const Ledger& ledger, const std::string& note,
                        const ProofRequest& request) {
  const auto parts = ReadParts(ledger, request);
  if (!parts) return parts.error();
  return MakeProof(ledger, note, request, *parts);
}

Result<Bytes> MakeProof(const Ledger& ledger, const std::string& note, const ProofRequest& request,
                        const ProofParts& parts) {
  const Head& head = ledger.head();
  if (head.size.value == 0) return Error{Errc::kUsage, "an empty ledger proves nothing"};
  const Index last{head.size.value - 1};
  ProofDocument document;
  document.about = request.about;
  document.note = note;
  const auto state_root = ledger.Entry(last);
  if (!state_root) return state_root.error();
  document.state_root = ToBytes(*state_root);
  auto inclusion = ProveInclusion(ledger, last, head.size);
  if (!inclusion) return inclusion.error();
  document.inclusion = *std::move(inclusion);
  document.map = parts.map;
  document.records = parts.records;
  if (request.since) {
    if (*request.since > head.size) {
      return Error{Errc::kUsage,
                   "the ledger has only " + std::to_string(head.size.value) + " entries"};
    }
    auto path = ProveConsistency(ledger, *request.since, head.size);
    if (!path) return path.error();
    document.consistency = ConsistencyProof{request.since->value, *std::move(path)};
  }
  Bytes bytes = EncodeFields(document);
  if (const std::size_t limit = LimitOf(request.about); bytes.size() > limit)
    return TooLarge(limit);
  const ProofDigest digest = DigestOf(bytes);
  std::ranges::copy(digest.view(), bytes.end() - ProofDigest::kSize);
  return bytes;
}

Result<ProofDocument> ParseProof(ByteView bytes) {
  if (bytes.size() > kMaxPack) return TooLarge(kMaxPack);
  if (RecordCount(bytes) > bytes.size() / kLeastRecord)
    return Error{Errc::kMalformed, "proof: it has more records than fit into it"};
  auto document = DecodeFields<ProofDocument>(bytes);
  if (!document) return document.error().In("proof");
  if (const std::size_t limit = LimitOf(document->about); bytes.size() > limit)
    return TooLarge(limit);
  if (document->digest != DigestOf(bytes))
    return Error{Errc::kMalformed, "proof: it was damaged or cut; its digest does not fit"};
  return document;
}

Result<PolicyState> ClaimedPolicy(ByteView document) {
  // A policy proof is no pack, and its policy stood in a record: what anybody made up can't fill
  // memory with what is small in CBOR.
  if (document.size() > kMaxProof) return TooLarge(kMaxProof);
  const auto parsed = ParseProof(document);
  if (!parsed) return parsed.error();
  const auto map = PartialMap::Parse(parsed->map);
  if (!map) return map.error();
  const auto value = map->Find(PolicyKey());
  if (!value || !*value) return Forged("it proves no policy");
  if ((*value)->size() > 2 * kMaxRecord) return Forged("its policy is larger than a record");
  auto policy = DecodeFields<PolicyState>(**value);
  if (!policy) return policy;
  // The document was not verified, so the policy is checked as the rules would check it.
  if (const auto checked = CheckPolicy(policy->policy); !checked) return checked.error();
  return policy;
}

Result<KeptHead> KeptHead::Parse(std::string_view text) {
  const auto malformed = [](const char* what) {
    return Error{Errc::kMalformed, std::string("kept head: ") + what};
  };
  if (text.size() > kMaxText) return malformed("it is too long");
  const auto checkpoint = Checkpoint::Parse(text);
  if (!checkpoint) return checkpoint.error().In("kept head");
  KeptHead kept{*checkpoint};
  for (std::string_view rest = text.substr(std::min(kept.text().size(), text.size()));
       !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto bytes = FromHex(line.substr(std::min(kPackLine.size(), line.size())));
    const auto digest = bytes ? ProofDigest::From(*bytes) : std::optional<ProofDigest>();
    if (!digest) return malformed("there is more in it than origin, size, root and packs");
    kept.packs.push_back(*digest);
  }
  if (kept.packs.size() > kMaxPacks) return malformed("it has too many packs");
  if (kept.text() != text) return malformed("it is not in the form in which it is written");
  return kept;
}

std::string KeptHead::text() const {
  std::string text = checkpoint.text();
  for (const ProofDigest& pack : packs) text.append(kPackLine).append(Hex(pack)).append("\n");
  return text;
}

KeptHead KeptHead::After(const std::optional<KeptHead>& before, const ProvenState& accepted) {
  const Checkpoint& shown = accepted.checkpoint().checkpoint;
  KeptHead kept = before.value_or(KeptHead{shown});
  if (kept.checkpoint.size < shown.size) kept.checkpoint = shown;
  if (!accepted.is_stored_pack()) return kept;
  std::erase(kept.packs, accepted.digest());
  if (kept.packs.size() == kMaxPacks) kept.packs.erase(kept.packs.begin());
  kept.packs.push_back(accepted.digest());
  return kept;
}

Result<ProvenState> ProvenState::Open(ByteView bytes, const Trust& trust, sys_seconds now,
                                      const std::optional<KeptHead>& kept) {
  auto document = ParseProof(bytes);
  if (!document) return document.error();
  ProvenState proven;
  proven.document_ = std::make_unique<ProofDocument>(*std::move(document));
  if (const auto verified = proven.Verify(trust, now, kept); !verified) return verified.error();
  return proven;
}

Result<ProvenState> ProvenState::OpenPack(ByteView bytes, const Trust& trust, sys_seconds now,
                                          const std::optional<KeptHead>& kept) {
  auto document = ParseProof(bytes);
  if (!document) return document.error();
  if (!PackPrefix(document->about)) return Error{Errc::kRefused, "it is no pack"};
  ProvenState proven;
  proven.document_ = std::make_unique<ProofDocument>(*std::move(document));
  proven.is_stored_pack_ = true;
  if (const auto verified = proven.Verify(trust, now, kept); !verified) return verified.error();
  return proven;
}

Result<void> ProvenState::Verify(const Trust& trust, sys_seconds now,
                                 const std::optional<KeptHead>& kept) {
  const ProofDocument& parts = *document_;
  auto checkpoint = trust.Open(parts.note, now);
  if (!checkpoint) return checkpoint.error();
  checkpoint_ = *std::move(checkpoint);
  const Checkpoint& head = checkpoint_.checkpoint;
  // A stored pack that was accepted is one that was compared with an earlier head.
  const bool compared =
      is_stored_pack_ && kept && std::ranges::find(kept->packs, parts.digest) != kept->packs.end();
  if (kept && !compared) {
    if (const auto checked = CheckKept(*kept, head, parts.consistency); !checked) return checked;
  }
  // The state root is the last entry, and covers everything before it.
  if (head.size.value == 0) return Forged("an empty tree has no state");
  const Index last{head.size.value - 1};
  const auto included =
      VerifyInclusion(HashLeaf(parts.state_root), last, head.size, head.root, parts.inclusion);
  if (!included) return included.error();
  const auto claimed = ParseStateRoot(parts.state_root);
  if (!claimed) return Forged("the last entry is no state root");
  if (claimed->root.size != last.value) return Forged("the state root covers another size");
  auto map = PartialMap::Parse(parts.map);
  if (!map) return map.error();
  if (map->root() != claimed->root.root) return Forged("the map has another root");
  map_ = *std::move(map);
  head_.size = head.size;
  head_.root = head.root;
  head_.map = claimed->root.root;
  head_.rules_time = TimeOf(claimed->root.time);
  head_.time = checkpoint_.time;
  const auto policy = map_.Find(PolicyKey());
  if (policy && *policy) {
    const auto state = DecodeFields<PolicyState>(**policy);
    if (!state || state->log != claimed->log) return Forged("the state root is of another log");
  }
  return CheckRecords();
}

/// Checks that a value of the proven state names each record.
Result<void> ProvenState::CheckRecords() {
  std::map<RecordHash, Index> named;
  for (const auto& [key, value] : map_.Leaves()) {
    const auto refs = RefsOf(key, value);
    if (!refs) return Forged("a value of the state can't be read");
    for (const RecordRef& ref : *refs) named.emplace(ref.hash, Index{ref.index});
  }
  for (const Bytes& record : document_->records) {
    const auto found = named.find(HashRecord(record));
    if (found == named.end()) return Forged("it carries a record that the state doesn't name");
    if (!entries_.emplace(found->second, record).second)
      return Forged("a record stands there twice");
  }
  return {};
}

Result<ByteView> ProvenState::Entry(Index index) const {
  const auto found = entries_.find(index);
  if (found == entries_.end())
    return Error{Errc::kNotFound, "proof: a record that is needed is missing"};
  return found->second;
}

}  // namespace cityid
