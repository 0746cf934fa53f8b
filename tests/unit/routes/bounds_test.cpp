// No request costs more than its row says, on the heaviest ledger that the rules allow.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "resolver/message/form.h"
#include "resolver/routes/routes.h"
#include "tests/world/heavy_ledger.h"

namespace cityid {
namespace {

using testing::HeavyLedger;
using testing::kNow;

/// Made once: it takes a while.
HeavyLedger& Heavy() {
  static HeavyLedger heavy;
  return heavy;
}

class BoundsOfRoutes : public ::testing::Test {
 protected:
  BoundsOfRoutes() {
    auto opened = Registry::Open(scratch_.path() / "inbox", Heavy().ledger().replica());
    registry_ = *std::move(opened);
    Heavy().FillInbox(*registry_, 110);
    service_.replica = &Heavy().ledger().replica();
    service_.now = [] { return kNow + std::chrono::seconds(1000); };
    service_.registry = registry_.get();
  }
  Response Send(std::string_view method, const std::string& target, std::string_view accept,
                const std::string& body = "", std::string_view type = "application/json") const {
    Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers = {{"accept", accept}, {"content-type", type}};
    return ResolverRouter().Handle(service_, request).response;
  }
  /// The most that may be asked of a row.
  std::vector<std::string> TargetsOf(std::string_view pattern) const {
    const std::string deep = Heavy().deepest();
    const std::string when = "?versionTime=2027-01-15T08:00:05Z";
    const std::map<std::string_view, std::vector<std::string>> all = {
        {"/search",
         {"/search?q=a&limit=100", "/search?q=%E7%9F%B3&limit=100",
          "/search?q=%E7%9F%B3%E7%9F%B3%E7%9F%B3&limit=100",
          "/search?q=%E7%9F%B3+a+%E7%9F%B3+a1+%E7%9F%B3+a+%E7%9F%B3&limit=100",
          "/search?q=" + deep}},
        {"/alias/{scheme}/{value}", {"/alias/geonames/1"}},
        {"/registry/applications", {"/registry/applications?limit=100"}},
        {"/ledger/state/{key}", {"/ledger/state/" + Hex(PolicyKey())}},
        {"/ledger/entry/{index}", {"/ledger/entry/2"}},
        {"/ledger/policies/{version}", {"/ledger/policies/1"}},
        {"/{id}",
         {"/" + deep, "/" + deep + when, "/MA.156.1301.S101", "/" + deep + "?linkType=linkset",
          "/" + deep + "?linkType=_heavy"}},
        {"/{id}/dcat",
         {"/" + deep + "/dcat", "/MA.156/dcat?limit=100",
          "/MA.156.1301/dcat?scope=below&limit=100"}},
        {"/{id}/proof", {"/" + deep + "/proof"}},
        {"/{id}/pack", {"/MA.156.1301/pack", "/MA.156/pack", "/" + deep + "/pack"}},
        {"/{id}/children", {"/MA.156.1301/children?limit=100", "/MA.156/children?limit=100"}},
        {"/{id}/peers",
         {"/MA.156.1301/peers?rel=_heavy&limit=100&scope=below",
          "/MA.156/peers?rel=_heavy&limit=100", "/" + deep + "/peers?rel=_heavy&scope=above",
          "/MA.156.1301.S101/peers?conformsTo=https://standard.example/heavy"}},
        {"/{id}/history", {"/MA.156.1301/history?limit=100", "/MA.156.1301/history?limit=1"}},
        {"/{id}/{token}", {"/" + deep + "/1"}},
        {"/problems/{type}", {"/problems/unknown-id"}},
        {"/rel/{relation}", {"/rel/_heavy"}},
    };
    const auto found = all.find(pattern);
    return found == all.end() ? std::vector{std::string(pattern)} : found->second;
  }
  static std::vector<std::string_view> TypesOf(const Route& route) {
    if (route.gives == Gives::kFixed) return {"*/*"};
    std::vector<std::string_view> types;
    for (const Representation& row : RepresentationTable()) types.push_back(row.type);
    return types;
  }

  testing::ScratchDirectory scratch_;
  std::unique_ptr<Registry> registry_;
  Service service_;
};

TEST_F(BoundsOfRoutes, NoAnswerIsLargerOrCostsMoreThanItsRowSays) {
  const bool table = std::getenv("CITYID_TABLE") != nullptr;
  for (const Route& route : ResolverRouter().table()) {
    if (route.method != "GET") continue;
    for (const std::string& target : TargetsOf(route.pattern)) {
      for (const std::string_view type : TypesOf(route)) {
        const auto start = std::chrono::steady_clock::now();
        const Response response = Send("GET", target, type);
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - start;
        if (table)
          std::printf("| `%s` | %s | %d | %zu | %.1f |\n", target.substr(0, 70).c_str(),
                      std::string(type).c_str(), response.status, response.body.size(),
                      took.count());
        // Refused for its size or its work: a page must end before.
        EXPECT_NE(response.status, 500) << target << " " << type;
        EXPECT_NE(response.status, 413) << target << " " << type << response.body;
        if (route.bounds.bytes > 0) {
          EXPECT_LE(response.body.size(), route.bounds.bytes) << target << " " << type;
        }
      }
    }
  }
}

TEST_F(BoundsOfRoutes, AListOfQuestionsThatIsTooMuchIsRefused) {
  std::string body = "[";
  for (std::size_t i = 0; i < 256; ++i) body += (i ? ",\"" : "\"") + Heavy().deepest() + "\"";
  const Response refused = Send("POST", "/resolve", "application/json", body + "]");
  EXPECT_EQ(refused.status, 413) << refused.body.substr(0, 200);
  const Response few =
      Send("POST", "/resolve", "application/json", "[\"" + Heavy().deepest() + "\"]");
  EXPECT_EQ(few.status, 200);
}

/// The pages of a list one after the other, as a client follows them.
std::vector<std::string> Pages(const std::function<Response(const std::string&)>& get,
                               std::string target) {
  std::vector<std::string> pages;
  while (!target.empty() && pages.size() < 1000) {
    pages.push_back(get(target).body);
    const std::string& body = pages.back();
    const std::string member = "\"next\":\"";
    const auto at = body.rfind(member);
    target.clear();
    if (at == std::string::npos) break;
    target =
        body.substr(at + member.size(), body.find('"', at + member.size()) - at - member.size());
  }
  return pages;
}

TEST_F(BoundsOfRoutes, PagesThatEndEarlyLeadToEverything) {
  for (const std::string target : {"/MA.156.1301/children?limit=100", "/search?q=a&limit=100",
                                   "/MA.156.1301/peers?rel=_heavy&limit=100&scope=below"}) {
    const auto pages = Pages(
        [&](const std::string& page) { return Send("GET", page, "application/json"); }, target);
    EXPECT_GT(pages.size(), 2U) << target;
    for (std::size_t i = 0; i < HeavyLedger::kSiblings; ++i) {
      const std::string id = "\"id\":\"MA.156.1301.S" + std::to_string(100 + i) + "\"";
      const auto on = std::ranges::count_if(
          pages, [&](const std::string& page) { return page.find(id) != std::string::npos; });
      EXPECT_EQ(on, 1) << target << " " << id;
    }
  }
}

TEST_F(BoundsOfRoutes, WhatIsAboveHasPagesToo) {
  const auto pages =
      Pages([&](const std::string& page) { return Send("GET", page, "application/json"); },
            "/" + Heavy().deepest() + "/peers?rel=_heavy&scope=above");
  EXPECT_GT(pages.size(), 1U);
  std::string id = Heavy().deepest();
  while (id.size() > std::string("MA.156.1301").size()) {
    id.resize(id.rfind('.'));
    const auto on = std::ranges::count_if(pages, [&](const std::string& page) {
      return page.find("\"id\":\"" + id + "\"") != std::string::npos;
    });
    EXPECT_EQ(on, 1) << id;
  }
}

}  // namespace
}  // namespace cityid
