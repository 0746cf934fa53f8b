// Claim: a proof document, a pack or what a reader keeps has one encoding; a look-up in a document's
// map gives a leaf or nothing; and nobody comes to a policy by a document that no quorum has signed.
#include <algorithm>
#include <cstdlib>

#include "ledger/proof/policy_chain.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto kept = KeptHead::Parse(text); kept && kept->text() != text) std::abort();
  auto document = DecodeFields<ProofDocument>(ByteView(data, size));
  if (!document) return 0;
  // Anybody can compute the digest, so it is put right.
  document->digest = {};
  document->digest = *decltype(document->digest)::From(Sha256(EncodeFields(*document)).view());
  const Bytes bytes = EncodeFields(*document);
  const auto parsed = ParseProof(bytes);
  if (!parsed) return 0;
  if (EncodeFields(*parsed) != bytes) std::abort();
  if (const auto map = PartialMap::Parse(parsed->map)) {
    // In a map that nobody has signed a leaf may stand where no look-up comes to.
    const auto leaves = map->Leaves();
    for (const auto& [key, value] : leaves) {
      const auto found = map->Find(key);
      const bool is_leaf = !found || !*found || std::ranges::any_of(leaves, [&](const auto& leaf) {
        return Equal(leaf.first, key) && Equal(leaf.second, **found);
      });
      if (!is_leaf) std::abort();
    }
  }
  const auto policy = ClaimedPolicy(bytes);
  constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};
  if (policy) {
    // The keys of a policy that was made up have signed nothing: the seeds are of real keys, whose
    // checkpoints are as they were.
    const auto link = OpenPolicyLink(bytes, nullptr, kNow);
    if (link && link->policy.policy != policy->policy) std::abort();
  }
  return 0;
}
