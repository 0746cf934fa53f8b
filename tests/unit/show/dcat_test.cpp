// Catalogues: what endpoints become, and what hostile records can't do to them.
#include "resolver/show/dcat.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "resolver/show/represent.h"
#include "resolver/words/vocabulary.h"
#include "tests/world/answers.h"

namespace cityid {
namespace {

using Json = nlohmann::json;
using testing::AnswersTest;
using testing::EndpointTo;
using testing::kCity;
using testing::kUnit;

constexpr const char* kOther = "MA.156.1302";

class DcatTest : public AnswersTest {
 protected:
  static Json Dcat(const Document& document) { return Json::parse(RenderDcat(document, {})); }
  /// The catalogue of a city with these endpoints.
  Json With(std::vector<Endpoint> endpoints, TextMap names = {{"en", "Other"}}) {
    Metadata metadata = city_;
    metadata.names = std::move(names);
    Put(kOther, metadata, std::move(endpoints));
    return Dcat(AskFor(kOther));
  }
  static Endpoint File(std::string rel, std::string type) {
    Endpoint endpoint = EndpointTo(std::move(rel), "https://data.example/file");
    endpoint.type = std::move(type);
    return endpoint;
  }
};

TEST_F(DcatTest, ExtensionRelationsAreServicesAndRegisteredOnesDocuments) {
  const Json catalogue = Dcat(AskFor(kCity));
  ASSERT_EQ(catalogue["service"].size(), 2u) << "the private address is left out";
  EXPECT_EQ(catalogue["service"][0]["endpointURL"], "https://broker.example.org/");
  EXPECT_EQ(catalogue["service"][1]["endpointURL"], "coaps://a.example/");
  ASSERT_EQ(catalogue["page"].size(), 1u);
  EXPECT_EQ(catalogue["page"][0]["@id"], "https://docs.example.org/");
  EXPECT_FALSE(catalogue.contains("dataset"));
}

TEST_F(DcatTest, FilesOfDataAreDatasets) {
  const Json catalogue = With({File("_a", "text/csv; header=present"), File("_a", "TEXT/CSV"),
                               File("_b", "application/json"), File("item", "application/json")});
  ASSERT_EQ(catalogue["dataset"].size(), 3u);
  EXPECT_EQ(catalogue["service"].size(), 1u);
  const Json& file = catalogue["dataset"][1]["distribution"];
  EXPECT_EQ(file["@id"], "https://id.example.cn/MA.156.1302/dcat#_a~2~file");
  EXPECT_EQ(file["mediaType"]["@id"], "https://www.iana.org/assignments/media-types/text/csv");
}

TEST_F(DcatTest, TextsOfNoLanguageHaveNone) {
  const Json title = With({}, {{"en", "A"}, {"--", "B"}, {"1a", "C"}, {"zh-", "D"}})["title"];
  EXPECT_EQ(title, (Json{{"en", "A"}, {"@none", {"B", "C", "D"}}}));
}

TEST_F(DcatTest, ManyLanguagesTakeLittle) {
  Endpoint many = EndpointTo("_a", "https://data.example/");
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) many.languages.push_back(std::string{'q', a, b});
  }
  EXPECT_EQ(With({many})["service"][0]["language"].size(), 16u);
}

TEST_F(DcatTest, AnAnswerWithoutASubjectIsAProblem) {
  EXPECT_EQ(Dcat(AskFor("MA.156.9999"))["status"], 404);
}

TEST_F(DcatTest, APageHasWhoSharesSomething) {
  With({});
  CatalogueText page("MA.156", "id.example.cn");
  for (const char* id : {kCity.c_str(), kOther, kUnit.c_str()}) page.Add(*AskFor(id).known);
  EXPECT_EQ(page.count(), 2u);
  const Json catalogue = Json::parse(std::move(page).Finish());
  EXPECT_EQ(catalogue["catalog"].size(), 2u);
  EXPECT_EQ(catalogue["catalog"][0]["@id"], "https://id.example.cn/" + kCity + "/dcat");
}

TEST(Vocabulary, LanguagesAreThoseOfIso639) {
  const std::string base = "http://publications.europa.eu/resource/authority/language/";
  EXPECT_EQ(LanguageIri("zh-Hans-CN"), base + "ZHO");
  EXPECT_EQ(LanguageIri("EN"), base + "ENG");
  EXPECT_EQ(LanguageIri("yue"), base + "YUE");
  for (const char* none : {"xx", "x-a", "a1b", "", "-", "english"})
    EXPECT_FALSE(LanguageIri(none)) << none;
}

TEST(Vocabulary, LicencesAreUrisOrSpdx) {
  EXPECT_EQ(LicenceIri("CC-BY-4.0"), "http://spdx.org/licenses/CC-BY-4.0");
  EXPECT_EQ(LicenceIri("https://licence.example/"), "https://licence.example/");
  for (const char* none : {"All rights reserved", "https://10.0.0.1/", ""})
    EXPECT_FALSE(LicenceIri(none)) << none;
}

TEST(Vocabulary, MediaTypesAreTwoNames) {
  EXPECT_EQ(MediaTypeIri("Text/CSV; a=b"), "https://www.iana.org/assignments/media-types/text/csv");
  for (const char* none : {"csv", "/", "a/", "a/b/c", "a/b c", "<a>/b", ""})
    EXPECT_FALSE(MediaTypeIri(none)) << none;
}

}  // namespace
}  // namespace cityid
