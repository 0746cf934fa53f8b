#include "resolver/routes/routes.h"

#include <gtest/gtest.h>

#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::Consortium;
using testing::kNow;

class RoutesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Replica::Create(scratch_.path() / "ledger", consortium_.genesis(), kNow);
    ASSERT_TRUE(opened);
    replica_.emplace(*std::move(opened));
    const auto outcome =
        replica_->Append({consortium_.AssignEntry("MA.156.1301", consortium_.Institutes(2))}, kNow,
                         Refused::kLeftOut);
    ASSERT_TRUE(outcome);
    service_.replica = &*replica_;
    service_.now = [] { return kNow; };
  }
  Response Send(std::string_view method, std::string_view target, std::string_view accept = "") {
    Request request;
    request.method = method;
    request.target = target;
    request.headers = {{"accept", accept}};
    return ResolverRouter().Handle(service_, request).response;
  }
  /// A path that fits the pattern.
  static std::string PathFor(std::string_view pattern) {
    std::string path(pattern);
    while (path.find('{') != std::string::npos) {
      path.replace(path.find('{'), path.find('}') - path.find('{') + 1, "x");
    }
    return path;
  }
  static std::string Header(const Response& response, std::string_view name) {
    return std::string(response.headers.Find(name));
  }

  testing::ScratchDirectory scratch_;
  Consortium consortium_;
  std::optional<Replica> replica_;
  Service service_;
};

TEST_F(RoutesTest, EveryRouteNamesItsMethodsAndRefusesOthers) {
  for (const Route& route : ResolverRouter().table()) {
    const std::string path = PathFor(route.pattern);
    const Response options = Send("OPTIONS", path);
    EXPECT_EQ(options.status, 204) << path;
    const std::string allowed = Header(options, "Allow");
    EXPECT_NE(allowed.find(route.method), std::string::npos) << path;
    const Response refused = Send("BREW", path);
    EXPECT_EQ(refused.status, 405) << path;
    EXPECT_EQ(Header(refused, "Allow"), allowed) << path;
    EXPECT_EQ(allowed.find("HEAD") != std::string::npos, allowed.find("GET") != std::string::npos);
  }
}

TEST_F(RoutesTest, EveryErrorIsAProblemDocument) {
  for (const Route& route : ResolverRouter().table()) {
    const Response response = Send(route.method, PathFor(route.pattern));
    if (response.status < 400) continue;
    // DID Resolution has an envelope of its own, with the problem in it.
    const bool did = route.pattern.starts_with("/1.0/");
    EXPECT_EQ(Header(response, "Content-Type"),
              did ? "application/did-resolution" : "application/problem+json")
        << route.pattern;
    if (did) continue;
    EXPECT_EQ(
        response.body.find("\"status\":" + std::to_string(response.status)) == std::string::npos,
        false)
        << response.body;
  }
}

TEST_F(RoutesTest, HeadIsAnsweredAsGet) {
  EXPECT_EQ(Send("HEAD", "/MA.156.1301").body, Send("GET", "/MA.156.1301").body);
}

TEST_F(RoutesTest, LiteralSegmentsWinOverNamedOnes) {
  EXPECT_EQ(Send("GET", "/healthz").body, "ok\n");
}

TEST_F(RoutesTest, APathOfAnotherShapeIsNotFound) {
  for (const char* path : {"/a/b/c/d", "/MA.156.1301/", "//", "/healthz/"}) {
    EXPECT_EQ(Send("GET", path).status, 404) << path;
  }
}

TEST_F(RoutesTest, TakesBodiesOnlyWhereTheTableSaysSo) {
  const auto limit = [](std::string_view method,
                        std::string_view target) -> std::optional<std::size_t> {
    Request head;
    head.method = method;
    head.target = target;
    const auto terms = ResolverRouter().TermsOf({}, head);
    if (!terms) return std::nullopt;
    return terms->limit;
  };
  EXPECT_EQ(limit("POST", "/registry/applications"), kMaxRecord);
  EXPECT_EQ(limit("POST", "/registry/applications?x=/y"), kMaxRecord);
  EXPECT_EQ(limit("GET", "/MA.156.1301"), 0u);
  EXPECT_EQ(limit("HEAD", "/MA.156.1301"), 0u);
  EXPECT_EQ(limit("POST", "/MA.156.1301"), std::nullopt);
  EXPECT_EQ(limit("GET", "/nothing/is/here/at/all"), std::nullopt);
}

TEST_F(RoutesTest, TakesNoApplicationsWithoutARegistry) {
  EXPECT_EQ(Send("POST", "/registry/applications").status, 404);
}

TEST_F(RoutesTest, GivesEntriesAndStateAsTheyAre) {
  const Response entry = Send("GET", "/ledger/entry/0");
  EXPECT_EQ(entry.status, 200);
  EXPECT_EQ(entry.body, AsText(consortium_.genesis()));
  EXPECT_EQ(Send("GET", "/ledger/entry/3").status, 200);
  EXPECT_EQ(Send("GET", "/ledger/entry/4").status, 404);
  EXPECT_EQ(Send("GET", "/ledger/entry/18446744073709551616").status, 404);
  EXPECT_EQ(Send("GET", "/ledger/state/" + Hex(PolicyKey())).status, 200);
  EXPECT_EQ(Send("GET", "/ledger/state/00").status, 404);
  EXPECT_EQ(Send("GET", "/ledger/state/0").status, 400);
}

}  // namespace
}  // namespace cityid
