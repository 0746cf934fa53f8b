// The active keys of an identifier as a JWK Set (RFC 7517, RFC 8037).
#include <algorithm>

#include "codec/base64.h"
#include "resolver/answer/json_text.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

/// Writes bytes as base 64 for URLs, without padding (RFC 4648, 5).
std::string Base64Url(ByteView bytes) {
  std::string text = Base64(bytes);
  std::erase(text, '=');
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

}  // namespace

std::string RenderJwks(const Document& document, const RenderContext& context) {
  const auto* answer = std::get_if<Answer>(&document);
  if (answer == nullptr || !answer->known) return RenderJson(document, context);
  const Level& self = answer->known->self();
  std::string out;
  JsonText json(out);
  json.BeginObject().Name("keys").BeginArray();
  for (std::size_t i = 0; i < self.holding.keys.size(); ++i) {
    const KeyGrant& grant = self.holding.keys[i];
    if (grant.status != KeyStatus::kActive) continue;
    json.BeginObject().Member("kty", "OKP").Member("crv", "Ed25519");
    json.Member("x", Base64Url(grant.key.view())).Member("alg", "EdDSA").Member("use", "sig");
    json.Member("kid", Hex(self.key_hashes[i].view().first(KeyHint::kSize))).EndObject();
  }
  json.EndArray().EndObject();
  return out + "\n";
}

}  // namespace cityid
