#include "resolver/serve/responder.h"

#include <gtest/gtest.h>

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
    return "/" + std::string(kCity) + "/" + WriteToken(*SealCode(claims, key));
  }
  SharedReply Ask(const std::string& target,
                  std::vector<std::pair<std::string_view, std::string_view>> headers = {},
                  std::string_view method = "GET") {
    Request request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    return responder_->Answer(request);
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
