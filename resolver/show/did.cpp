// DID documents: keys as Multikey, endpoints as services.
#include "resolver/show/did.h"

#include <algorithm>
#include <vector>

#include "codec/address.h"
#include "codec/time_text.h"
#include "resolver/answer/json_text.h"
#include "resolver/show/link.h"
#include "resolver/show/linkset.h"
#include "resolver/show/represent.h"

namespace cityid {
namespace {

std::string HostFor(const Answer& answer, std::string_view wanted) {
  const auto& hosts = answer.ledger.policy->policy.hosts;
  const auto found = std::ranges::find(hosts, wanted);
  return found == hosts.end() ? hosts.front() : *found;
}

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
        host(HostFor(answer, wanted)),
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

void PutDocument(JsonText& json, const Source& source) {
  json.BeginObject().Name("@context").BeginArray();
  json.Text("https://www.w3.org/ns/did/v1.1").Text("https://www.w3.org/ns/did/v1").EndArray();
  json.Member("id", source.did).Member("controller", source.did);
  json.Name("alsoKnownAs").BeginArray().Text(source.address);
  for (const auto& [scheme, value] : source.subject.aliases)
    json.Text(scheme == "did" ? value
                              : "https://" + source.host + "/alias/" + scheme + "/" + value);
  json.EndArray().Name("verificationMethod").BeginArray();
  for (const KeyGrant* grant : ActiveGrants(source.subject)) json.Raw(KeyPart(source, *grant).json);
  json.EndArray();
  PutRelationship(json, "assertionMethod", source, KeyUse::kCode);
  PutRelationship(json, "capabilityInvocation", source, KeyUse::kRecord);
  json.Name("service").BeginArray();
  for (const Part& part : ServiceParts(source)) json.Raw(part.json);
  json.EndArray().EndObject();
}

void PutError(JsonText& json, const DidError& error) {
  json.Name("error").BeginObject().Member("type", error.type);
  json.Member("title", ReasonPhrase(error.status));
  json.Member("status", static_cast<std::uint64_t>(error.status));
  json.Member("detail", error.detail).EndObject();
}

bool IsDeactivated(Verdict verdict) {
  return verdict == Verdict::kWithdrawn || verdict == Verdict::kSuperseded;
}

/// Returns why there is no document: an error of the standard, or the problem type of the verdict.
DidError ErrorOf(const Answer& answer) {
  const VerdictRow& row = Row(answer.verdict);
  if (answer.verdict == Verdict::kMalformed)
    return StandardDidError(row.http_status, "INVALID_DID", answer.detail);
  if (answer.verdict == Verdict::kUnknownId)
    return StandardDidError(row.http_status, "NOT_FOUND", answer.detail);
  return {row.http_status, "https://" + HostFor(answer, {}) + "/problems/" + std::string(row.name),
          answer.detail};
}

/// Writes three members: `metadata` with an error if there is one, null for each of `contents`, and
/// `about`.
std::string EmptyResult(std::string_view metadata, std::initializer_list<std::string_view> contents,
                        std::string_view about, const DidError* error) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Name(metadata).BeginObject();
  if (error != nullptr) PutError(json, *error);
  json.EndObject();
  for (const std::string_view content : contents) json.Name(content).Raw("null");
  json.Name(about).BeginObject();
  if (error == nullptr) json.Name("deactivated").Bool(true);
  json.EndObject().EndObject();
  return out + "\n";
}

std::string NoDocument(const DidError* error) {
  return EmptyResult("didResolutionMetadata", {"didDocument"}, "didDocumentMetadata", error);
}

std::string NoContent(const DidError* error) {
  return EmptyResult("dereferencingMetadata", {"content", "contentStream"}, "contentMetadata",
                     error);
}

}  // namespace

DidError StandardDidError(int status, std::string_view name, std::string detail) {
  return {status, "https://www.w3.org/ns/did#" + std::string(name), std::move(detail)};
}

std::uint64_t DidVersionOf(const Subject& subject) {
  const IdentifierState& state = subject.self().state;
  return std::max({state.content.index, state.keys.index, state.aliases.index});
}

std::string DidResolutionText(const Answer& answer, std::string_view host, const DidTimes& times) {
  if (IsDeactivated(answer.verdict)) return NoDocument(nullptr);
  if (!answer.known) return DidResolutionText(ErrorOf(answer));
  std::string out;
  JsonText json(out);
  json.BeginObject().Name("didResolutionMetadata").BeginObject();
  json.Member("contentType", kDidDocument).EndObject().Name("didDocument");
  PutDocument(json, Source(answer, host));
  json.Name("didDocumentMetadata").BeginObject();
  if (times.created) json.Member("created", TimeText(*times.created));
  if (times.updated) json.Member("updated", TimeText(*times.updated));
  json.Member("versionId", std::to_string(DidVersionOf(*answer.known))).EndObject().EndObject();
  return out + "\n";
}

std::string DidResolutionText(const DidError& error) { return NoDocument(&error); }

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

std::optional<std::string> DidServiceAddress(const Answer& answer, std::string_view host,
                                             std::string_view fragment) {
  const std::vector<Part> parts = ServiceParts(Source(answer, host));
  const auto found = std::ranges::find(parts, fragment, &Part::fragment);
  if (found == parts.end() || !IsOnWeb(found->href)) return std::nullopt;
  return found->href;
}

std::string DidContentText(std::string_view content_type, std::string_view content) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Name("dereferencingMetadata").BeginObject();
  json.Member("contentType", content_type).EndObject();
  json.Name("content").Raw(content).Name("contentStream").Raw(content);
  json.Name("contentMetadata").BeginObject().EndObject().EndObject();
  return out + "\n";
}

std::string DidNoContentText(const Answer& answer) {
  if (IsDeactivated(answer.verdict)) return NoContent(nullptr);
  const DidError error = ErrorOf(answer);
  return NoContent(&error);
}

std::string DidNoContentText(const DidError& error) { return NoContent(&error); }

std::string RenderDid(const Document& document, const RenderContext& context) {
  const auto* answer = std::get_if<Answer>(&document);
  if (answer == nullptr || !answer->known) return RenderJson(document, context);
  std::string out;
  JsonText json(out);
  PutDocument(json, Source(*answer, context.host));
  return out + "\n";
}

std::string RenderDidResolution(const Document& document, const RenderContext& context) {
  const auto* answer = std::get_if<Answer>(&document);
  if (answer == nullptr) return RenderJson(document, context);
  return DidResolutionText(*answer, context.host, {});
}

}  // namespace cityid
