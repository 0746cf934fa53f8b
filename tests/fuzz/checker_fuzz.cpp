// Claim: through the C interface no text, document and trust file bring the checker to a crash, an
// answer without an opened proof, or a text that is no text. Three parts behind their sizes, of two
// bytes each: trust file, document, what was scanned; the rest is the kept head. The document is
// handed in as it is, and with the digest that it asks for, as a proof and as a pack.
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "codec/sha256.h"
#include "sdk/cityid.h"

namespace {

constexpr std::int64_t kNow = 1'796'000'000;

std::string_view Take(std::string_view& rest) {
  if (rest.size() < 2) return {};
  const auto size =
      static_cast<unsigned char>(rest[0]) * 256U + static_cast<unsigned char>(rest[1]);
  const std::string_view part = rest.substr(2, size);
  rest.remove_prefix(2 + part.size());
  return part;
}

/// A result has a verdict or a text exactly if it is no error.
void Look(cityid_result* result, bool may_judge) {
  std::size_t size = 0;
  const char* text = cityid_text(result, &size);
  const bool done = cityid_status(result) == CITYID_OK;
  if (std::strlen(text) != size || done == (size == 0)) std::abort();
  if (done != (*cityid_verdict_name(cityid_verdict(result)) != 0) && may_judge) std::abort();
  if (std::strchr(cityid_detail(result), '\n') != nullptr) std::abort();
  cityid_free(result);
}

/// Returns the document with the right digest, which is its last field.
std::string Resealed(std::string_view document) {
  std::string sealed(document);
  if (sealed.size() < cityid::Sha256Hash::kSize) return sealed;
  const std::size_t rest = sealed.size() - cityid::Sha256Hash::kSize;
  sealed.replace(rest, std::string::npos, cityid::Sha256Hash::kSize, '\0');
  const auto digest = cityid::Sha256(cityid::AsBytes(sealed));
  return sealed.replace(rest, std::string::npos, cityid::AsText(digest.view()));
}

using Opener = decltype(cityid_open);

void Ask(Opener* open, std::string_view trust, std::string_view document, std::string_view scanned,
         std::string_view kept) {
  cityid_proof* proof = open(trust.data(), trust.size(), document.data(), document.size(),
                             kept.data(), kept.size(), kNow);
  std::size_t size = 0;
  const char* text = cityid_text(cityid_opened(proof), &size);
  const bool opened = cityid_status(cityid_opened(proof)) == CITYID_OK;
  if (std::strlen(text) != size || opened == (size == 0)) std::abort();
  for (const int host_counts : {0, 1}) {
    cityid_result* judged = cityid_judge(proof, scanned.data(), scanned.size(), kNow, host_counts);
    if (!opened && cityid_verdict(judged) != CITYID_VERDICT_NONE) std::abort();
    Look(judged, true);
  }
  Look(cityid_look_up(proof, scanned.data(), scanned.size(), kNow), true);
  cityid_close(proof);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view trust = Take(rest);
  const std::string_view document = Take(rest);
  const std::string_view scanned = Take(rest);
  const std::string sealed = Resealed(document);
  Ask(cityid_open, trust, document, scanned, rest);
  Ask(cityid_open, trust, sealed, scanned, rest);
  Ask(cityid_open_pack, trust, sealed, scanned, rest);
  Look(cityid_parse(scanned.data(), scanned.size()), false);
  Look(cityid_about(scanned.data(), scanned.size()), false);
  const void* proofs[] = {document.data(), sealed.data()};
  const std::size_t sizes[] = {document.size(), sealed.size()};
  Look(cityid_update_trust(trust.data(), trust.size(), proofs, sizes, 2, scanned.data(),
                           scanned.size(), kNow),
       false);
  return 0;
}
