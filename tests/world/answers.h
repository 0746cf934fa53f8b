// Answers to show: a city with a unit below it, what they hold, and codes of the city.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resolver/answer/resolve.h"
#include "resolver/show/document.h"
#include "tests/world/ruled_cities.h"

namespace cityid::testing {

inline Endpoint EndpointTo(std::string rel, std::string href) {
  Endpoint endpoint;
  endpoint.rel = std::move(rel);
  endpoint.href = std::move(href);
  return endpoint;
}

/// Text that would end an element or an attribute if it were put into a page as it is.
inline const std::string kMarkup = "<script>'\"&";

class AnswersTest : public RulesTest {
 protected:
  void SetUp() override {
    RulesTest::SetUp();
    Endpoint doc = EndpointTo("service-doc", "https://docs.example.org/");
    doc.title = {{"en", "Docs"}, {"zh", "文档"}};
    doc.languages = {"zh-Hans", "en", "zh-CN", "yue"};
    doc.type = "text/html";
    doc.conforms_to = {"https://schema.example/doc"};
    city_ = {{{"en", "Shijiazhuang"}, {"zh", "石家庄市"}, {"fr", kMarkup}},
             "prefecture",
             "CN",
             Position{380'428'000, 1'145'149'000},
             "https://www.sjz.example/",
             "Asia/Shanghai",
             11'235'086};
    Put(kCity, city_,
        {doc, EndpointTo("_broker", "https://broker.example.org/"),
         EndpointTo("_private", "https://10.0.0.1/"), EndpointTo("_device", "coaps://a.example/")},
        {{"gbt2260", "130100"}});
    Put(kUnit, {{{"en", "Traffic"}}, "department", {}, {}, {}, {}, {}},
        {EndpointTo("service-doc", "https://unit.example.org/")});
  }

  void Put(const std::string& id, Metadata metadata, std::vector<Endpoint> endpoints,
           TextMap aliases = {}) {
    const SecretKey record = KeyNamed(id + " record");
    const SecretKey code = KeyNamed(id + " code");
    Holding holding;
    holding.metadata = std::move(metadata);
    holding.endpoints = std::move(endpoints);
    holding.keys = {RecordKey(record), CodeKey(code, {Purpose::kCity, Purpose::kUnit}, 1)};
    const Record assign =
        InNoChain(state_, id, cityid::Assign{std::move(holding), std::move(aliases)});
    std::vector<NamedSigner> signers = NewKeys({id + " record", id + " code"});
    if (id == kUnit) {
      signers.insert(signers.begin(), {Role::kAncestor, kCity + " record"});
    } else {
      signers = With(InstitutesNamed(2), signers);
    }
    ASSERT_EQ(Feed(SignNamed(assign, signers)), "applied");
  }

  Answer Ask(const Query& query, AgeLimits limits = {}) const {
    const Head head{TreeSize{7}, *RootHash::From(Bytes(32, 0xAB)), MapHash{}, kNow, kNow};
    auto answer = Resolve(query, state_, head, limits, kNow + std::chrono::hours(2));
    EXPECT_TRUE(answer);
    return *std::move(answer);
  }
  Answer AskFor(const std::string& id) const { return Ask(Query::Typed(id)); }
  /// The same answer about the past.
  static Answer AsOf(Answer answer) {
    answer.as_of = kNow;
    return answer;
  }
  /// A code of the city; `key` signs it.
  ClaimedCode CodeBy(const std::string& key) const {
    const SecretKey signing = KeyNamed(key);
    return *SignCode({Id(kCity),
                      Purpose::kCity,
                      HintOf(signing.public_key()),
                      7,
                      kNow - std::chrono::hours(1),
                      30,
                      {}},
                     signing);
  }

  /// A page of a list, of each kind with what its items have.
  Listing ListOf(ListKind kind) const {
    Listing list{kind, kCity};
    ListItem item;
    if (kind == ListKind::kHistory) {
      item.change = PastChange{Index{4}, kNow};
      item.record = RecordRef{4, RecordHash{}};
      item.type = "update";
    } else {
      item.id = Id(kUnit);
      item.names = {{"en", kMarkup}};
      item.level = "department";
      if (kind == ListKind::kPeers) item.endpoint = EndpointTo("_broker", "https://b.example.org/");
    }
    list.items = {item};
    list.next = "/next?after=x&lang=en";
    list.since = kNow;
    list.ledger = AskFor(kCity).ledger;
    return list;
  }
  /// One of everything that is shown.
  std::vector<Document> Documents() const {
    return {AskFor(kCity),
            AskFor("MA.156.9999"),
            Ask(Query{CodeBy(kCity + " code"), {}}),
            Ask(Query{CodeBy("stranger"), {}}),
            AskFor(kMarkup),
            AsOf(AskFor(kCity)),
            AsOf(AskFor("MA.156")),
            ListOf(ListKind::kSearch),
            ListOf(ListKind::kChildren),
            ListOf(ListKind::kPeers),
            ListOf(ListKind::kHistory),
            FrontPage{AskFor(kCity).ledger},
            ProblemPage{"forged", 403, ""},
            ProblemPage{"bad-request", 400, "what was sent: " + kMarkup}};
  }

  Metadata city_;
};

}  // namespace cityid::testing
