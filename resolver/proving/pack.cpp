#include "resolver/proving/pack.h"

#include <set>
#include <string>

#include "ledger/state/revocation.h"
#include "resolver/proving/prove.h"

namespace cityid {
namespace {

/// Collects what a pack has to show.
class PackCollector {
 public:
  PackCollector(const Prefix& prefix, const LedgerView& ledger)
      : prefix_(prefix), ledger_(ledger) {}

  /// Returns the whole. Errors: kTooLarge once the records are too many; those of the ledger.
  Result<ProofRequest> Collect() {
    request_.about = AboutPack(prefix_);
    request_.keys.push_back(PolicyKey());
    for (std::optional<Prefix> above = prefix_; above; above = above->Parent()) {
      const auto id = CityId::Parse(above->text());
      if (!id) break;  // a country is no identifier
      request_.keys.push_back(IdentifierKey(*id));
      if (const auto added = Add(*id); !added) return added.error();
    }
    const auto own = CityId::Parse(prefix_.text());
    for (std::size_t depth = own ? own->depth() + 1 : 1; depth <= CityId::kMaxNodes; ++depth) {
      if (const auto added = AddLevel(depth); !added) return added.error();
    }
    return std::move(request_);
  }

 private:
  /// Adds the identifiers of one depth below the prefix.
  Result<void> AddLevel(std::size_t depth) {
    const std::string below = prefix_.text() + ".";
    Bytes range = {'I', static_cast<std::uint8_t>(depth)};
    Append(range, AsBytes(below));
    request_.ranges.push_back(std::move(range));
    return ledger_.ScanLevel(depth, below, [&](const CityId& id) -> Result<bool> {
      if (!prefix_.Covers(id)) return false;
      if (const auto added = Add(id); !added) return added.error();
      return true;
    });
  }

  /// Adds the records of an identifier, and what its code keys have revoked.
  Result<void> Add(const CityId& id) {
    const auto found = FindIdentifier(ledger_, id);
    if (!found) return found.error();
    if (!*found) return {};
    const IdentifierState& state = **found;
    for (const RecordRef& ref : {state.content, state.keys, state.aliases}) {
      if (!entries_.insert(ref.index).second) continue;
      const auto entry = ledger_.Entry(Index{ref.index});
      if (!entry) return entry.error();
      size_ += entry->size();
      if (size_ > kMaxPack) return Error{Errc::kTooLarge, "its records are too large"};
      request_.entries.push_back(Index{ref.index});
    }
    const auto holding = ReadHolding(ledger_, state);
    if (!holding) return holding.error();
    for (const KeyGrant& grant : holding->keys) {
      if (grant.use == KeyUse::kCode)
        request_.ranges.push_back(CutOffKey(Sha256(grant.key.view())));
    }
    return {};
  }

  const Prefix& prefix_;
  const LedgerView& ledger_;
  ProofRequest request_;
  std::set<std::uint64_t> entries_;
  std::size_t size_ = 0;
};

/// Says what to do instead of asking for too much.
Error Advised(const Prefix& prefix, const Error& error) {
  if (error.code != Errc::kTooLarge) return error;
  return Error{Errc::kTooLarge, "a pack of all of " + prefix.text() + " would be larger than " +
                                    std::to_string(kMaxPack >> 20) +
                                    " MiB; ask for packs of its parts, one level down"};
}

Result<ProofParts> ReadPackParts(const Prefix& prefix, const LedgerView& ledger) {
  const auto request = PackCollector(prefix, ledger).Collect();
  if (!request) return request.error();
  return ReadParts(ledger, *request);
}

/// Returns the memory that parts take, in bytes.
std::size_t SizeOf(const Result<ProofParts>& parts) {
  if (!parts) return parts.error().detail.size();
  std::size_t size = parts->map.size();
  for (const Bytes& record : parts->records) size += record.size() + sizeof(Bytes);
  return size;
}

}  // namespace

Result<Bytes> MakePack(const Prefix& prefix, const LedgerView& ledger, std::chrono::sys_seconds now,
                       const std::optional<TreeSize>& since) {
  PackCache none(0);
  const auto pack = FindPack(prefix, ledger, now, since, none);
  if (!pack) return pack.error();
  return ToBytes((*pack)->document());
}

Result<std::shared_ptr<const MadePack>> FindPack(const Prefix& prefix, const LedgerView& ledger,
                                                 std::chrono::sys_seconds now,
                                                 const std::optional<TreeSize>& since,
                                                 PackCache& cache) {
  auto note = NoteForProof(ledger, now, since);
  if (!note) return note.error();
  const std::string about = AboutPack(prefix);
  const std::string key = since ? about + " since " + std::to_string(since->value) : about;
  // A head gets newer cosignatures without getting another root.
  if (auto made = cache.made.Find(key, ledger.head()); made != nullptr && made->note() == *note)
    return made;
  auto parts = cache.parts.Find(about, ledger.head());
  if (parts == nullptr) {
    parts = std::make_shared<const Result<ProofParts>>(ReadPackParts(prefix, ledger));
    if (*parts || parts->error().code == Errc::kTooLarge)
      cache.parts.Offer(about, ledger.head(), SizeOf(*parts), parts);
  }
  if (!*parts) return Advised(prefix, parts->error());
  auto document = MakeProof(ledger, *note, {about, {}, {}, since}, **parts);
  if (!document) return Advised(prefix, document.error());
  auto made = std::make_shared<const MadePack>(*std::move(document), *std::move(note));
  cache.made.Offer(key, ledger.head(), made->size(), made);
  return made;
}

}  // namespace cityid
