// DID documents: keys as Multikey, endpoints as services.
#include "resolver/show/did.h"

#include <algorithm>
#include <vector>

#include "codec/address.h"
#include "codec/time_text.h"
#include "resolver/answer/json_text.h"
#include "resolver/message/form.h"
#include "resolver/show/link.h"
#include "resolver/show/linkset.h"
#include "resolver/show/represent.h"
#include "resolver/words/vocabulary.h"

namespace cityid {
namespace {

/// Writes bytes in base 58, the alphabet of Bitcoin.
std::string Base58(ByteView bytes) {
  constexpr std::string_view kAlphabet =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::vector<unsigned> digits;  // the last one first
  std::size_t zeros = 0;
  for (const std::uint8_t byte : bytes) {
    if (byte == 0 && digits.empty()) ++zeros;
    unsigned carry = byte;
    for (unsigned& digit : digits) {
      carry += digit << 8;
      digit = carry % 58;
      carry /= 58;
    }
    for (; carry > 0; carry /= 58) digits.push_back(carry % 58);
  }
  std::string text(zeros, kAlphabet[0]);
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) text += kAlphabet[*digit];
  return text;
}

/// Returns an Ed25519 key as Multibase: base 58 of the Multicodec prefix 0xED 0x01 and the key.
std::string Multibase(const PublicKey& key) {
  Bytes bytes = {0xED, 0x01};
  bytes.insert(bytes.end(), key.view().begin(), key.view().end());
  return "z" + Base58(bytes);
}

/// What a document is written from.
struct Source {
  Source(const Answer& answer, std::string_view wanted)
      : subject(*answer.known),
        host(HostOf(answer.ledger.policy->policy, wanted)),
        did("did:web:" + host + ":" + subject.self().id.text()),
        address("https://" + host + "/" + subject.self().id.text()) {}
  const Subject& subject;
  std::string host, did, address;
};

/// A part of a document that has a fragment of its own.
struct Part {
  std::string fragment;
  std::string json;
  std::string href = {};  ///< of a service
};

/// Returns the active keys, whatever they sign.
std::vector<const KeyGrant*> ActiveGrants(const Subject& subject) {
  std::vector<const KeyGrant*> active;
  for (const KeyGrant& grant : subject.self().holding.keys) {
    if (grant.status == KeyStatus::kActive) active.push_back(&grant);
  }
  return active;
}

Part KeyPart(const Source& source, const KeyGrant& grant) {
  Part part{Multibase(grant.key), {}};
  JsonText json(part.json);
  json.BeginObject().Member("id", source.did + "#" + part.fragment).Member("type", "Multikey");
  json.Member("controller", source.did).Member("publicKeyMultibase", part.fragment).EndObject();
  return part;
}

Part ServicePart(const Source& source, std::string fragment, const std::string& type,
                 const std::string& href) {
  Part part{std::move(fragment), {}, href};
  JsonText json(part.json);
  json.BeginObject().Member("id", source.did + "#" + part.fragment).Member("type", type);
  json.Member("serviceEndpoint", href).EndObject();
  return part;
}

/// Returns the services: endpoints with public addresses, and where the proof is. The second of a
/// relation is "rel~2"; relations have no '~'.
std::vector<Part> ServiceParts(const Source& source) {
  constexpr std::string_view kRegistered = "http://www.iana.org/assignments/relation/";
  const std::string host = "https://" + source.host;
  std::vector<Part> parts;
  const auto& endpoints = source.subject.self().holding.endpoints;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const std::string& rel = endpoints[i].rel;
    if (!IsPublicAddress(endpoints[i].href)) continue;
    const auto before = std::count_if(
        endpoints.begin(), endpoints.begin() + static_cast<std::ptrdiff_t>(i),
        [&](const Endpoint& other) { return other.rel == rel && IsPublicAddress(other.href); });
    parts.push_back(
        ServicePart(source, before == 0 ? rel : rel + "~" + std::to_string(before + 1),
                    rel[0] == '_' ? RelationUri(rel, host) : std::string(kRegistered) + rel,
                    endpoints[i].href));
  }
  parts.push_back(ServicePart(source, "cityid~proof", std::string(kRegistered) + "describedby",
                              source.address + "/proof"));
  return parts;
}

void PutRelationship(JsonText& json, std::string_view name, const Source& source, KeyUse use) {
  json.Name(name).BeginArray();
  for (const KeyGrant* grant : ActiveGrants(source.subject)) {
    if (grant->use == use) json.Text(source.did + "#" + Multibase(grant->key));
  }
  json.EndArray();
}

/// Writes a document with all services, or with the only one that is named.
void PutDocument(JsonText& json, const Source& source, std::string_view service) {
  json.BeginObject().Name("@context").BeginArray();
  json.Text("https://www.w3.org/ns/did/v1.1").Text("https://www.w3.org/ns/did/v1").EndArray();
  json.Member("id", source.did).Member("controller", source.did);
  json.Name("alsoKnownAs").BeginArray().Text(source.address);
  for (const auto& [scheme, value] : source.subject.aliases) {
    if (scheme != "did") {
      json.Text("https://" + source.host + "/alias/" + scheme + "/" + EncodeField(value));
    } else if (value.starts_with("did:") && HasIriCharacters(value)) {
      json.Text(value);
    }
  }
  json.EndArray().Name("verificationMethod").BeginArray();
  for (const KeyGrant* grant : ActiveGrants(source.subject)) json.Raw(KeyPart(source, *grant).json);
  json.EndArray();
  PutRelationship(json, "assertionMethod", source, KeyUse::kCode);
  PutRelationship(json, "capabilityInvocation", source, KeyUse::kRecord);
  json.Name("service").BeginArray();
  for (const Part& part : ServiceParts(source)) {
    if (service.empty() || part.fragment == service) json.Raw(part.json);
  }
  json.EndArray().EndObject();
}

/// Writes a result. `metadata`: what is said of the process, an error or the content's type.
std::string ResultText(const DidForm& form, std::string_view metadata, std::string_view content,
                       std::string_view about) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Name(form.metadata).Raw(metadata).Name(form.content).Raw(content);
  // The text of the standard calls the content of a dereferencing so, its examples don't.
  if (form.type == kDidDereferencing.type) json.Name("contentStream").Raw(content);
  json.Name(form.about).Raw(about).EndObject();
  return out + "\n";
}

}  // namespace

DidError DidErrorOf(const Answer& answer) {
  if (answer.verdict == Verdict::kMalformed) return {400, "INVALID_DID", answer.detail};
  if (answer.verdict == Verdict::kLedgerStale) return {500, "INTERNAL_ERROR", answer.detail};
  return {404, "NOT_FOUND", answer.detail};
}

bool IsDeactivated(const Answer& answer) {
  return answer.verdict == Verdict::kWithdrawn || answer.verdict == Verdict::kSuperseded;
}

std::uint64_t DidVersionOf(const Subject& subject) {
  const IdentifierState& state = subject.self().state;
  return std::max({state.content.index, state.keys.index, state.aliases.index});
}

std::string DidDocumentText(const Answer& answer, std::string_view host, std::string_view service) {
  std::string out;
  JsonText json(out);
  PutDocument(json, Source(answer, host), service);
  return out;
}

std::string DidMetadataText(const Answer& answer, const DidTimes& times) {
  std::string out;
  JsonText json(out);
  json.BeginObject();
  if (times.created) json.Member("created", TimeText(*times.created));
  if (times.updated) json.Member("updated", TimeText(*times.updated));
  json.Member("versionId", std::to_string(DidVersionOf(*answer.known))).EndObject();
  return out;
}

std::optional<std::string> DidPart(const Answer& answer, std::string_view host,
                                   std::string_view fragment) {
  const Source source(answer, host);
  std::vector<Part> parts = ServiceParts(source);
  for (const KeyGrant* grant : ActiveGrants(source.subject))
    parts.push_back(KeyPart(source, *grant));
  const auto found = std::ranges::find(parts, fragment, &Part::fragment);
  if (found == parts.end()) return std::nullopt;
  return std::move(found->json);
}

bool HasDidService(const Answer& answer, std::string_view host, std::string_view fragment) {
  const std::vector<Part> parts = ServiceParts(Source(answer, host));
  return std::ranges::find(parts, fragment, &Part::fragment) != parts.end();
}

std::optional<std::string> DidServiceAddress(const Answer& answer, std::string_view host,
                                             std::string_view fragment) {
  const std::vector<Part> parts = ServiceParts(Source(answer, host));
  const auto found = std::ranges::find(parts, fragment, &Part::fragment);
  if (found == parts.end() || !IsOnWeb(found->href)) return std::nullopt;
  return found->href;
}

std::string DidResultText(const DidForm& form, std::string_view content, std::string_view about) {
  return ResultText(form, "{\"contentType\":\"" + std::string(kDidDocument) + "\"}", content,
                    about);
}

std::string DidErrorText(const DidForm& form, const DidError& error) {
  std::string metadata;
  JsonText json(metadata);
  json.BeginObject().Name("error").BeginObject();
  json.Member("type", "https://www.w3.org/ns/did#" + std::string(error.name));
  json.Member("title", ReasonPhrase(error.status));
  json.Member("status", static_cast<std::uint64_t>(error.status));
  json.Member("detail", error.detail).EndObject().EndObject();
  return ResultText(form, metadata, "null", "{}");
}

std::string DidEndedText(const DidForm& form) {
  return ResultText(form, "{}", "null", "{\"deactivated\":true}");
}

std::string RenderDid(const Document& document, const RenderContext& context) {
  const auto* answer = std::get_if<Answer>(&document);
  if (answer == nullptr || !answer->known) return RenderJson(document, context);
  return DidDocumentText(*answer, context.host) + "\n";
}

std::string RenderDidResolution(const Document& document, const RenderContext& context) {
  const auto* answer = std::get_if<Answer>(&document);
  if (answer == nullptr) return RenderJson(document, context);
  if (IsDeactivated(*answer)) return DidEndedText(kDidResolution);
  if (answer->known) {
    return DidResultText(kDidResolution, DidDocumentText(*answer, context.host),
                         DidMetadataText(*answer, {}));
  }
  DidError error = DidErrorOf(*answer);
  error.status = Row(answer->verdict).http_status;
  return DidErrorText(kDidResolution, error);
}

}  // namespace cityid
