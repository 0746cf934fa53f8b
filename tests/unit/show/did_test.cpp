// DID documents, results of DID Resolution, and JWK Sets.
#include "resolver/show/did.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codec/base64.h"
#include "resolver/show/represent.h"
#include "tests/world/answers.h"

namespace cityid {
namespace {

using Json = nlohmann::json;
using testing::AnswersTest;
using testing::kCity;
using testing::KeyNamed;
using testing::kUnit;

/// Reads base 58 with the alphabet of Bitcoin, digit by digit.
Bytes FromBase58(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  Bytes bytes;  // the last one first
  for (const char c : text) {
    std::size_t carry = kAlphabet.find(c);
    for (std::uint8_t& byte : bytes) {
      carry += byte * 58U;
      byte = static_cast<std::uint8_t>(carry & 0xFF);
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push_back(static_cast<std::uint8_t>(carry & 0xFF));
  }
  return Bytes(bytes.rbegin(), bytes.rend());
}

class DidTest : public AnswersTest {
 protected:
  static Json Did(const Document& document, const std::string& host = "id.example.cn") {
    RenderContext context;
    context.host = host;
    return Json::parse(RenderDid(document, context));
  }
  Answer city() const { return AskFor(kCity); }
  const std::string did_ = "did:web:id.example.cn:" + kCity;
};

TEST_F(DidTest, TheDidIsTheIdentifierAtAHostOfThePolicy) {
  const Json document = Did(city());
  EXPECT_EQ(document["id"], did_);
  EXPECT_EQ(document["controller"], did_);
  EXPECT_EQ(Did(city(), "evil.example")["id"], did_) << "another host is never named";
  EXPECT_EQ(document["alsoKnownAs"], Json::array({"https://id.example.cn/" + kCity,
                                                  "https://id.example.cn/alias/gbt2260/130100"}));
}

TEST_F(DidTest, KeysAreMultikeysAndDoWhatTheyAreFor) {
  const Json document = Did(city());
  const Json& methods = document["verificationMethod"];
  ASSERT_EQ(methods.size(), 2u);
  const std::string names[] = {kCity + " record", kCity + " code"};
  const char* const relationships[] = {"capabilityInvocation", "assertionMethod"};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string multibase = methods[i]["publicKeyMultibase"];
    EXPECT_EQ(methods[i]["type"], "Multikey");
    EXPECT_EQ(methods[i]["controller"], did_);
    EXPECT_EQ(methods[i]["id"], did_ + "#" + multibase);
    ASSERT_EQ(multibase[0], 'z');
    Bytes key = {0xED, 0x01};
    Append(key, KeyNamed(names[i]).public_key().view());
    EXPECT_EQ(FromBase58(multibase.substr(1)), key);
    EXPECT_EQ(document[relationships[i]], Json::array({methods[i]["id"]}));
  }
  EXPECT_FALSE(document.contains("authentication")) << "no key signs challenges of strangers";
}

TEST_F(DidTest, EndpointsAreServicesWithAbsoluteTypes) {
  const Json services = Did(city())["service"];
  std::vector<std::string> ids;
  for (const Json& service : services) {
    ids.push_back(service["id"]);
    EXPECT_NE(service["type"].get<std::string>().find("://"), std::string::npos);
  }
  EXPECT_EQ(ids, (std::vector<std::string>{did_ + "#service-doc", did_ + "#_broker",
                                           did_ + "#_device", did_ + "#cityid~proof"}))
      << "a private address is left out";
  EXPECT_EQ(services[0]["type"], "http://www.iana.org/assignments/relation/service-doc");
  EXPECT_EQ(services[1]["type"], "https://id.example.cn/rel/_broker");
  EXPECT_EQ(services[1]["serviceEndpoint"], "https://broker.example.org/");
  EXPECT_EQ(services[3]["serviceEndpoint"], "https://id.example.cn/" + kCity + "/proof");
}

TEST_F(DidTest, PartsHaveNamesOfTheirOwn) {
  const Answer answer = city();
  const Json service = Json::parse(*DidPart(answer, "id.example.cn", "_broker"));
  EXPECT_EQ(service, Did(answer)["service"][1]);
  const Json key = Did(answer)["verificationMethod"][1];
  EXPECT_EQ(Json::parse(*DidPart(answer, "", key["publicKeyMultibase"].get<std::string>())), key);
  EXPECT_FALSE(DidPart(answer, "id.example.cn", "_private"));
  EXPECT_FALSE(DidPart(answer, "id.example.cn", ""));
  EXPECT_EQ(DidServiceAddress(answer, "", "_broker"), "https://broker.example.org/");
  EXPECT_FALSE(DidServiceAddress(answer, "", "_device")) << "it is not on the web";
}

TEST_F(DidTest, InactiveKeysAreNowhere) {
  Answer answer = city();
  auto subject = std::make_shared<Subject>(*answer.known);
  subject->levels.front().holding.keys[1].status = KeyStatus::kCompromised;
  answer.known = subject;
  const Json document = Did(answer);
  EXPECT_EQ(document["verificationMethod"].size(), 1u);
  EXPECT_TRUE(document["assertionMethod"].empty());
  EXPECT_EQ(Json::parse(RenderJwks(answer, {}))["keys"].size(), 1u);
}

TEST_F(DidTest, AResolutionSaysWhichVersionAndWhen) {
  const Answer answer = city();
  const std::string about = DidMetadataText(answer, {testing::kNow, std::nullopt});
  const Json result =
      Json::parse(DidResultText(kDidResolution, DidDocumentText(answer, "id.example.cn"), about));
  EXPECT_EQ(result["didDocument"], Did(answer));
  EXPECT_EQ(result["didResolutionMetadata"], (Json{{"contentType", "application/did"}}));
  const Json& metadata = result["didDocumentMetadata"];
  EXPECT_EQ(metadata["versionId"], std::to_string(DidVersionOf(*answer.known)));
  EXPECT_TRUE(metadata.contains("created"));
  EXPECT_FALSE(metadata.contains("updated"));
}

TEST_F(DidTest, WhatIsNotResolvedSaysWhy) {
  const auto error_of = [](const Answer& answer) {
    const Json result = Json::parse(DidErrorText(kDidResolution, DidErrorOf(answer)));
    EXPECT_TRUE(result["didDocument"].is_null());
    EXPECT_TRUE(result["didDocumentMetadata"].empty());
    return result["didResolutionMetadata"]["error"];
  };
  EXPECT_EQ(error_of(AskFor("MA.156.9999"))["type"], "https://www.w3.org/ns/did#NOT_FOUND");
  EXPECT_EQ(error_of(AskFor("?"))["type"], "https://www.w3.org/ns/did#INVALID_DID");
  Answer suspended = AskFor("MA.156.9999");
  suspended.verdict = Verdict::kSuspended;
  EXPECT_EQ(error_of(suspended)["type"], "https://www.w3.org/ns/did#NOT_FOUND");
  EXPECT_EQ(error_of(suspended)["status"], 404);
  EXPECT_EQ(
      Json::parse(RenderDidResolution(suspended, {}))["didResolutionMetadata"]["error"]["status"],
      403)
      << "that of the answer that it represents";
  suspended.verdict = Verdict::kLedgerStale;
  EXPECT_EQ(error_of(suspended)["type"], "https://www.w3.org/ns/did#INTERNAL_ERROR");
}

TEST_F(DidTest, WhatEndedIsDeactivatedWithoutAnError) {
  for (const Verdict verdict : {Verdict::kWithdrawn, Verdict::kSuperseded}) {
    Answer ended = AskFor("MA.156.9999");
    ended.verdict = verdict;
    EXPECT_TRUE(IsDeactivated(ended));
    EXPECT_EQ(Json::parse(RenderDidResolution(ended, {})),
              (Json{{"didResolutionMetadata", Json::object()},
                    {"didDocument", nullptr},
                    {"didDocumentMetadata", {{"deactivated", true}}}}));
    EXPECT_EQ(Json::parse(DidEndedText(kDidDereferencing))["contentMetadata"],
              (Json{{"deactivated", true}}));
  }
}

TEST_F(DidTest, KeysComeAsAJwkSet) {
  const Json keys = Json::parse(RenderJwks(city(), {}))["keys"];
  ASSERT_EQ(keys.size(), 2u);
  const PublicKey key = KeyNamed(kCity + " code").public_key();
  std::string x = keys[1]["x"];
  EXPECT_EQ(x.find_first_of("+/="), std::string::npos);
  std::ranges::replace(x, '-', '+');
  std::ranges::replace(x, '_', '/');
  EXPECT_EQ(*FromBase64(x + "="), ToBytes(key.view()));
  EXPECT_EQ(keys[1]["kid"], Hex(HintOf(key)));
  EXPECT_EQ(keys[1]["kty"], "OKP");
  EXPECT_EQ(keys[1]["crv"], "Ed25519");
}

TEST_F(DidTest, WhatIsNoAnswerOrNoSuccessIsAsInJson) {
  for (const Document& document : Documents()) {
    const auto* answer = std::get_if<Answer>(&document);
    const bool success = answer != nullptr && answer->known;
    EXPECT_EQ(RenderDid(document, {}) == RenderJson(document, {}), !success);
    EXPECT_EQ(RenderJwks(document, {}) == RenderJson(document, {}), !success);
    EXPECT_EQ(RenderDidResolution(document, {}) == RenderJson(document, {}), answer == nullptr);
  }
}

}  // namespace
}  // namespace cityid
