#include "resolver/proving/pack_cache.h"

#include "resolver/message/gzip.h"

namespace cityid {

std::string MadePack::tag() const {
  constexpr std::size_t kTagBytes = 16;
  // The digest is the last field, and is of everything before it.
  return Hex(document().last(ProofDigest::kSize).first(kTagBytes));
}

const std::string& MadePack::gzip() const {
  std::call_once(compressed_, [this] { gzip_ = Gzip(AsText(document_)); });
  return gzip_;
}

}  // namespace cityid
