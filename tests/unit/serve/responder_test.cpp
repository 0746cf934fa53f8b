#include "resolver/serve/responder.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "resolver/http/client.h"
#include "resolver/routes/routes.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::Consortium;
using testing::Id;
using testing::KeyNamed;
using testing::kNow;

constexpr const char* kCity = "MA.156.1301";

class ResponderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Replica::Create(scratch_.path() / "ledger", consortium_.genesis(), kNow);
    ASSERT_TRUE(created);
    replica_.emplace(*std::move(created));
    Append(consortium_.AssignEntry(kCity, consortium_.Institutes(2)));
    Service service;
    service.replica = &*replica_;
    service.now = [this] { return now_; };
    responder_ = std::make_unique<Responder>(ResolverRouter(), service, metrics_->AddLoop());
  }
  void Append(const Bytes& entry) {
    const auto outcomes = replica_->Append({entry}, kNow, Refused::kLeftOut);
    ASSERT_TRUE(outcomes);
    ASSERT_FALSE(outcomes->front().refused) << outcomes->front().refused->detail;
  }
  static std::string PathOf(sys_seconds issued, std::uint16_t valid_days, std::uint32_t serial = 7,
                            const std::string& key_name = std::string(kCity) + " code") {
    const SecretKey key = KeyNamed(key_name);
    CodeClaims claims{
        Id(kCity), Purpose::kCity, HintOf(key.public_key()), serial, issued, valid_days, {}};
    return "/" + std::string(kCity) + "/" + WriteToken(*SignCode(claims, key));
  }
  SharedReply Ask(const std::string& target,
                  std::vector<std::pair<std::string_view, std::string_view>> headers = {},
                  std::string_view method = "GET") {
    Request request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    const SharedReply reply = responder_->Answer(request, Thread::kLoop);
    return reply ? reply : responder_->Answer(request, Thread::kWorker);
  }
  /// Whether a third request gets the very reply that a second one got.
  bool IsKept(const std::string& target) {
    Ask(target);
    const SharedReply second = Ask(target);
    return Ask(target) == second;
  }
  static std::string Verdict(const SharedReply& reply) {
    const std::string_view body = reply->body;
    const std::size_t start = body.find("\"verdict\":\"") + 11;
    return std::string(body.substr(start, body.find('"', start) - start));
  }

  testing::ScratchDirectory scratch_;
  Consortium consortium_;
  std::optional<Replica> replica_;
  sys_seconds now_ = kNow;
  std::unique_ptr<Metrics> metrics_ = MakeMetrics(ResolverRouter());
  std::unique_ptr<Responder> responder_;
};

TEST_F(ResponderTest, KeepsWhatNobodyCanMakeUp) {
  EXPECT_TRUE(IsKept(PathOf(kNow - hours(1), 30)));
  EXPECT_TRUE(IsKept(PathOf(kNow - days(40), 30)));  // expired
  EXPECT_TRUE(IsKept("/" + std::string(kCity)));
  EXPECT_TRUE(IsKept("/" + std::string(kCity) + "?lang=zh"));
}

TEST_F(ResponderTest, LeavesToWorkersWhatCostsMoreThanATurnOfALoop) {
  const auto on_loop = [&](std::string_view method, std::string_view target) {
    Request request;
    request.method = method;
    request.target = target;
    return responder_->Answer(request, Thread::kLoop) != nullptr;
  };
  for (const char* target :
       {"/", "/healthz", "/MA.156.1301", "/MA.156.1301/proof", "/nothing", "/ledger/checkpoint"}) {
    EXPECT_TRUE(on_loop("GET", target)) << target;
    EXPECT_TRUE(on_loop("HEAD", target)) << target;
  }
  for (const char* target : {"/search?q=a", "/MA.156/children", "/MA.156.1301/history",
                             "/MA.156.1301/peers?rel=_a", "/registry/applications"}) {
    EXPECT_FALSE(on_loop("GET", target)) << target;
    EXPECT_FALSE(on_loop("HEAD", target)) << target;
    EXPECT_TRUE(on_loop("OPTIONS", target)) << target;
    EXPECT_TRUE(on_loop("DELETE", target)) << target;
  }
  EXPECT_FALSE(on_loop("POST", "/verify"));
}

// What is kept is kept by the loop.
TEST_F(ResponderTest, AnswersStayOnTheLoop) {
  for (const Route& route : ResolverRouter().table()) {
    if (route.method == "GET" && route.gives == Gives::kAnswer) {
      EXPECT_FALSE(BelongsOnWorker(route)) << route.pattern;
    }
  }
}

// A clock that stands still holds the worker that asks for it.
TEST_F(ResponderTest, ASlowListHoldsUpNobodyElseOnItsLoop) {
  std::latch asked{1}, released{1};
  Service service;
  service.replica = &*replica_;
  service.now = [&] {
    if (!asked.try_wait()) asked.count_down();
    released.wait();
    return kNow;
  };
  ListenerOptions options;
  options.threads = options.workers = 1;
  const auto listener = *Listener::Start(options, RespondWith(ResolverRouter(), service, nullptr),
                                         [](const Request&) { return BodyTerms{}; });
  const std::string base = "http://127.0.0.1:" + std::to_string(listener->port());
  std::thread slow([&] { EXPECT_EQ(Fetch(base, "/search?q=a", "*/*")->status, 200); });
  asked.wait();
  const auto other = Fetch(base, "/healthz", "*/*");
  released.count_down();
  slow.join();
  ASSERT_TRUE(other) << other.error().detail;
  EXPECT_EQ(other->body, "ok\n");
}

TEST_F(ResponderTest, KeepsNothingThatWhoAsksCanMakeUp) {
  std::string forged = PathOf(kNow - hours(1), 30);
  forged.back() = forged.back() == '0' ? '1' : '0';
  ASSERT_EQ(Verdict(Ask(forged)), "forged");
  EXPECT_FALSE(IsKept(forged));
  const std::string stranger = PathOf(kNow - hours(1), 30, 7, "stranger");
  ASSERT_EQ(Verdict(Ask(stranger)), "unknown-key");
  EXPECT_FALSE(IsKept(stranger));
  for (const char* target : {"/MA.156.9999", "/ma.156.1301", "/nothing", "/MA.156.1301/12345",
                             "/MA.156.1301?x=1", "/MA.156.1301?lang=zh&x=1", "/nowhere/at/all"}) {
    EXPECT_FALSE(IsKept(target)) << target;
  }
}

TEST_F(ResponderTest, ForgetsWhenTheLedgerChanges) {
  const std::string path = PathOf(kNow - hours(1), 30);
  ASSERT_TRUE(IsKept(path));
  ASSERT_EQ(Verdict(Ask(path)), "valid");
  const auto state = **FindIdentifier(*replica_->Read(), Id(kCity));
  Append(*SignRecord({consortium_.log(), kCity, state.authority.hash, {}, {}, Suspend{}},
                     consortium_.Institutes(2)));
  EXPECT_EQ(Verdict(Ask(path)), "suspended");
}

TEST_F(ResponderTest, KeepsNothingPastTheEndOfACode) {
  const std::string path = PathOf(kNow - days(30) + seconds(5), 30);
  ASSERT_TRUE(IsKept(path));
  const SharedReply reply = Ask(path);
  EXPECT_EQ(Verdict(reply), "valid");
  EXPECT_EQ(reply->fresh_until, kNow + seconds(5));
  now_ += seconds(4);
  EXPECT_EQ(Ask(path), reply);
  now_ += seconds(1);
  EXPECT_EQ(Verdict(Ask(path)), "expired");
}

TEST_F(ResponderTest, KeepsNothingPastTheBeginningOfACode) {
  const std::string path = PathOf(kNow + kClockSkew + seconds(5), 30);
  ASSERT_EQ(Verdict(Ask(path)), "not-yet-valid");
  EXPECT_EQ(Ask(path)->fresh_until, kNow + seconds(5));
  now_ += seconds(5);
  EXPECT_EQ(Verdict(Ask(path)), "valid");
}

TEST_F(ResponderTest, GivesEachRepresentationItsOwn) {
  const std::string path = "/" + std::string(kCity);
  std::vector<SharedReply> replies;
  for (int round = 0; round < 3; ++round) {
    replies = {Ask(path), Ask(path, {{"accept", "text/html"}}),
               Ask(path, {{"accept", "text/html"}, {"accept-language", "zh"}}),
               Ask(path, {{"accept", "text/html"}, {"host", "id.example.cn"}})};
  }
  for (std::size_t a = 0; a < replies.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      EXPECT_NE(replies[a]->body, replies[b]->body) << a << " " << b;
      EXPECT_NE(replies[a]->etag, replies[b]->etag) << a << " " << b;
    }
  }
}

TEST_F(ResponderTest, KeepsAPageForEverybodyWhoGetsTheSame) {
  const auto ask = [&](const std::string& path, std::string_view reads) {
    return Ask(path, {{"accept", "text/html"}, {"accept-language", reads}});
  };
  const auto assign = [&](const std::string& id, const TextMap& names) {
    const SecretKey key = KeyNamed(id + " record");
    Record record = consortium_.AssignRecord(id, {testing::RecordKey(key)});
    std::get<Assign>(record.body).holding.metadata.names = names;
    std::vector<SigningKey> signers = consortium_.Institutes(2);
    signers.push_back({Role::kNewKey, &key});
    Append(*SignRecord(record, signers));
    return "/" + id;
  };
  const std::string common =
      assign("MA.156.1302", {{"en", "A"}, {"zh-Hans", "B"}, {"zh-Hant", "C"}});
  for (int i = 0; i < 2; ++i) ask(common, "fr, en-GB;q=0.5");
  EXPECT_EQ(ask(common, "de, en-AU;q=0.5"), ask(common, "fr, en-GB;q=0.5"));
  EXPECT_NE(ask(common, "fr, zh-TW;q=0.5")->body, ask(common, "fr, zh-CN;q=0.5")->body);
  const std::string rare = assign("MA.156.1303", {{"en", "A"}, {"fr", "B"}});
  for (int i = 0; i < 3; ++i) ask(rare, "de");
  EXPECT_NE(ask(rare, "fr")->body, ask(rare, "de")->body);
  EXPECT_NE(ask(rare, "de"), ask(rare, "de")) << "anybody can make up such languages";
  for (int i = 0; i < 2; ++i) ask(rare, "en-US, en;q=0.9");
  EXPECT_EQ(ask(rare, "en-US, en;q=0.9"), ask(rare, "en-US, en;q=0.8"));
}

TEST_F(ResponderTest, ATagThatTheClientHasIsAnsweredWithoutABody) {
  const std::string path = "/" + std::string(kCity);
  const SharedReply whole = Ask(path);
  for (const std::string& known :
       {whole->etag, "W/" + whole->etag, "\"x\", " + whole->etag, std::string("*")}) {
    const SharedReply reply = Ask(path, {{"if-none-match", known}});
    EXPECT_EQ(reply->status, 304) << known;
    EXPECT_EQ(reply->body, "") << known;
    EXPECT_EQ(reply->fields.find("Content-Length"), std::string::npos) << known;
    EXPECT_NE(reply->fields.find(whole->etag), std::string::npos) << known;
  }
  for (const char* other : {"\"x\"", "", "\"", ","})
    EXPECT_EQ(Ask(path, {{"if-none-match", other}})->status, 200) << other;
}

TEST_F(ResponderTest, ATagThatTheClientInsistsOnIsComparedStrongly) {
  const std::string path = "/" + std::string(kCity);
  const SharedReply whole = Ask(path);
  for (const std::string& known : {whole->etag, "\"x\", " + whole->etag, std::string("*")})
    EXPECT_EQ(Ask(path, {{"if-match", known}})->status, 200) << known;
  EXPECT_EQ(Ask(path, {{"if-match", whole->etag}, {"if-none-match", whole->etag}})->status, 304);
  for (const std::string& other : {std::string("\"x\""), "W/" + whole->etag}) {
    const SharedReply reply = Ask(path, {{"if-match", other}, {"if-none-match", whole->etag}});
    EXPECT_EQ(reply->status, 412) << other;
    EXPECT_NE(reply->fields.find("Access-Control-Allow-Origin"), std::string::npos);
  }
  EXPECT_EQ(Ask("/healthz", {{"if-match", "\"x\""}})->status, 412) << "it has no tag";
  EXPECT_EQ(Ask("/MA.156.9999", {{"if-match", "\"x\""}})->status, 404);
}

TEST_F(ResponderTest, AnIdentifierHasOneSpelling) {
  const std::string code = PathOf(kNow - hours(1), 30);
  for (const std::string& path : {"/" + std::string(kCity), code}) {
    for (int i = 0; i < 2; ++i) Ask(path);
    const SharedReply plain = Ask(path);
    ASSERT_EQ(plain->status, 200);
    for (const char* encoded : {"/MA%2E156%2e1301", "/%4DA.156.130%31"})
      EXPECT_EQ(Ask(encoded + path.substr(1 + std::string(kCity).size())), plain) << encoded;
  }
  EXPECT_EQ(Ask("/MA%2E156%2E1301/history")->status, 200);
  EXPECT_EQ(Ask("/MA%252E156.1301")->status, 400) << "it is undone once";
  EXPECT_EQ(Ask("/MA%2F156.1301")->status, 400) << "a slash is another character there";
  EXPECT_EQ(Ask("/%6Cedger/checkpoint")->status, 400) << "no other path has a second spelling";
}

TEST_F(ResponderTest, CountsWhatItAnswers) {
  const std::string path = PathOf(kNow - hours(1), 30);
  for (int i = 0; i < 5; ++i) Ask(path);
  Ask("/MA.156.9999");
  Ask("/a/b/c/d", {}, "OPTIONS");
  const std::string text = metrics_->Text(*replica_, {}, {}, now_);
  const std::string route = "{method=\"GET\",route=\"/{id}/{token}\"";
  for (const std::string& line :
       {"cityid_requests_total" + route + ",status=\"2xx\"} 5",
        "cityid_request_duration_seconds_count" + route + "} 5",
        std::string("cityid_verdicts_total{verdict=\"valid\"} 5"),
        std::string("cityid_verdicts_total{verdict=\"unknown-id\"} 1"),
        std::string("cityid_cache_total{result=\"hit\"} 3"),
        std::string("cityid_cache_total{result=\"miss\"} 3"),
        std::string("cityid_requests_total{method=\"\",route=\"none\",status=\"4xx\"} 1"),
        std::string("cityid_ledger_entries 4")}) {
    EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << " is not in\n" << text;
  }
}

}  // namespace
}  // namespace cityid
