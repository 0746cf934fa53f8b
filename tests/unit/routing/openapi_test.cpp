// /openapi.json follows from the route table: what a row says is there, and nothing else.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "resolver/routes/routes.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using Json = nlohmann::json;

std::vector<std::string> WordsOf(std::string_view text) {
  std::istringstream words{std::string(text)};
  return {std::istream_iterator<std::string>(words), {}};
}

/// The segments in braces, without dots.
std::set<std::string> NamedIn(std::string_view pattern) {
  std::set<std::string> names;
  for (std::size_t at = 0; (at = pattern.find('{', at)) != std::string_view::npos; ++at) {
    const std::string_view inside = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    names.emplace(inside.substr(0, inside.find('.')));
  }
  return names;
}

class OpenApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Replica::Create(scratch_.path() / "ledger", consortium_.genesis(), testing::kNow);
    ASSERT_TRUE(opened);
    replica_.emplace(*std::move(opened));
    Service service;
    service.replica = &*replica_;
    service.now = [] { return testing::kNow; };
    Request request;
    request.method = "GET";
    request.target = "/openapi.json";
    const Response response = ResolverRouter().Handle(service, request).response;
    ASSERT_EQ(response.status, 200);
    document_ = Json::parse(response.body);
  }
  /// Null if the document lacks it.
  Json OperationOf(const Route& route) const {
    std::string path(route.pattern);
    if (const auto dots = path.find("..."); dots != std::string::npos) path.erase(dots, 3);
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    const auto& paths = document_.at("paths");
    return paths.contains(path) && paths[path].contains(method) ? paths[path][method] : Json();
  }
  /// Each parameter as it is described, whether here or among the components.
  Json ParametersOf(const Json& operation) const {
    Json found = Json::array();
    for (const Json& parameter : operation.value("parameters", Json::array())) {
      const bool referred = parameter.contains("$ref");
      found.push_back(referred ? document_.at(Json::json_pointer(
                                     parameter["$ref"].get<std::string>().substr(1)))
                               : parameter);
    }
    return found;
  }

  testing::ScratchDirectory scratch_;
  testing::Consortium consortium_;
  std::optional<Replica> replica_;
  Json document_;
};

TEST_F(OpenApiTest, HasAnOperationForEveryRowAndNoOther) {
  std::size_t operations = 0;
  for (const auto& [path, item] : document_["paths"].items()) operations += item.size();
  std::size_t described = 0;
  for (const Route& route : ResolverRouter().table()) {
    if (route.doc.summary.empty()) continue;
    ++described;
    const Json operation = OperationOf(route);
    ASSERT_TRUE(operation.is_object()) << route.method << ' ' << route.pattern;
    EXPECT_EQ(operation["summary"].get<std::string>(), route.doc.summary) << route.pattern;
  }
  EXPECT_EQ(operations, described);
}

TEST_F(OpenApiTest, DescribesEverySegmentAndFieldOfARow) {
  for (const Route& route : ResolverRouter().table()) {
    if (route.doc.summary.empty()) continue;
    std::set<std::string> in_path, in_query;
    for (const Json& parameter : ParametersOf(OperationOf(route))) {
      const std::string where = parameter.at("in").get<std::string>();
      if (where == "path") in_path.insert(parameter.at("name").get<std::string>());
      if (where == "query") in_query.insert(parameter.at("name").get<std::string>());
    }
    EXPECT_EQ(in_path, NamedIn(route.pattern)) << route.pattern;
    const auto words = WordsOf(route.doc.parameters);
    EXPECT_EQ(in_query.size(), words.size()) << route.pattern;
  }
}

TEST_F(OpenApiTest, NamesTheTypesAndStatusesOfARow) {
  for (const Route& route : ResolverRouter().table()) {
    if (route.doc.summary.empty()) continue;
    const Json operation = OperationOf(route);
    for (const std::string& type : WordsOf(route.doc.takes))
      EXPECT_TRUE(operation["requestBody"]["content"].contains(type)) << route.pattern << type;
    EXPECT_EQ(operation.contains("requestBody"), !route.doc.takes.empty()) << route.pattern;
    for (const std::string& status : WordsOf(route.doc.statuses))
      EXPECT_TRUE(operation["responses"].contains(status)) << route.pattern << ' ' << status;
    for (const std::string& status : WordsOf(route.doc.successes)) {
      const Json content = operation["responses"].at(status).value("content", Json::object());
      for (const std::string& type : WordsOf(route.doc.gives))
        EXPECT_TRUE(content.contains(type)) << route.pattern << ' ' << type;
      EXPECT_EQ(
          content.contains("text/html"),
          route.doc.gives.empty() || route.doc.gives.find("text/html") != std::string_view::npos)
          << route.pattern;
      EXPECT_EQ(content.contains("application/linkset+json"),
                route.gives == Gives::kAnswer ||
                    route.doc.gives.find("application/linkset+json") != std::string_view::npos)
          << route.pattern;
    }
  }
}

TEST_F(OpenApiTest, EveryReferenceLeadsSomewhere) {
  std::size_t references = 0;
  const auto walk = [&](const Json& json, auto& self) -> void {
    if (json.is_object() && json.contains("$ref")) {
      const std::string ref = json["$ref"].get<std::string>();
      EXPECT_TRUE(document_.contains(Json::json_pointer(ref.substr(1)))) << ref;
      ++references;
    }
    if (json.is_structured())
      for (const Json& inside : json) self(inside, self);
  };
  walk(document_, walk);
  EXPECT_GT(references, 50u);
}

TEST_F(OpenApiTest, EverySchemaIsReferredTo) {
  const std::string text = document_.dump();
  for (const auto& [name, schema] : document_["components"]["schemas"].items())
    EXPECT_NE(text.find("\"#/components/schemas/" + name + "\""), std::string::npos) << name;
}

}  // namespace
}  // namespace cityid
