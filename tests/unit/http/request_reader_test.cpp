#include "resolver/http/request_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <tuple>

namespace cityid {
namespace {

using Step = RequestReader::Step;

class RequestReaderTest : public ::testing::Test {
 protected:
  /// Hands over all of it, and tells what comes of that.
  Step Take(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto room = reader_.Room();
      EXPECT_GT(room.size(), 0u);
      const std::size_t count = std::min(room.size(), bytes.size());
      std::memcpy(room.data(), bytes.data(), count);
      reader_.Took(count);
      bytes.remove_prefix(count);
      if (bytes.empty()) break;
      const Step step = reader_.Read();
      if (step != Step::kNeedMore) return step;
    }
    return reader_.Read();
  }
  int StatusOf(std::string_view bytes) {
    EXPECT_EQ(Take(bytes), Step::kRefused) << bytes.substr(0, 200);
    return reader_.refused().status;
  }

  ListenerSettings settings_;
  /// "/takes" takes 10 bytes, "/large" 1 MB in a place, which "?full" says isn't there.
  BodyTermsOf terms_ = [this](const Request& head) -> std::optional<BodyTerms> {
    if (head.path() == "/takes") return BodyTerms{10};
    if (head.path() == "/large")
      return head.query() == "full" ? BodyTerms{0, 503, "full"} : BodyTerms{1'000'000, 0, "", place_};
    if (head.method == "POST") return std::nullopt;
    return BodyTerms{};
  };
  std::shared_ptr<BodyPlace> place_ = std::make_shared<BodyPlace>();
  RequestReader reader_{settings_, terms_};
};

TEST_F(RequestReaderTest, GivesWhatCame) {
  ASSERT_EQ(Take("GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept:  text/html \r\n\r\n"), Step::kRequest);
  const Request request = reader_.request();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a?b=c");
  EXPECT_EQ(request.header("accept"), "text/html");
  EXPECT_EQ(request.body, "");
  EXPECT_TRUE(reader_.keep_alive());
  EXPECT_FALSE(reader_.Next());
}

TEST_F(RequestReaderTest, GivesPipelinedRequestsOneAfterAnother) {
  ASSERT_EQ(Take("GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.0\r\n\r\nGET"), Step::kRequest);
  EXPECT_EQ(reader_.request().target, "/a");
  ASSERT_TRUE(reader_.Next());
  ASSERT_EQ(reader_.Read(), Step::kRequest);
  EXPECT_EQ(reader_.request().target, "/b");
  EXPECT_TRUE(reader_.is_head());
  EXPECT_FALSE(reader_.keep_alive());
  ASSERT_TRUE(reader_.Next());
  EXPECT_EQ(reader_.Read(), Step::kNeedMore);
}

TEST_F(RequestReaderTest, AnEmptyLineBehindARequestIsNoBeginningOfTheNext) {
  ASSERT_EQ(Take("POST /takes HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na\r\n"),
            Step::kRequest);
  EXPECT_FALSE(reader_.Next());
  EXPECT_FALSE(reader_.Begin());
  ASSERT_EQ(Take("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), Step::kRequest);
  EXPECT_FALSE(reader_.Next());
  EXPECT_EQ(Take("\r\n"), Step::kNeedMore);
  EXPECT_FALSE(reader_.Begin());
  EXPECT_EQ(StatusOf("\r\n"), 400) << "one is enough";
}

TEST_F(RequestReaderTest, TakesAHeadUpToItsBoundAndNoLonger) {
  const std::string start = "GET /a HTTP/1.1\r\nHost: x\r\nA: ";
  const std::size_t rest = settings_.limits.head - start.size() - 4;
  ASSERT_EQ(Take(start + std::string(rest, 'a') + "\r\n\r\n"), Step::kRequest);
  reader_.Next();
  EXPECT_EQ(StatusOf(start + std::string(rest + 1, 'a') + "\r\n\r\n"), 431);
}

TEST_F(RequestReaderTest, ALineThatNeverEndsIsRefusedAtTheBound) {
  EXPECT_EQ(StatusOf("GET /a HTTP/1.1\r\nA: " + std::string(20'000, 'a')), 431);
}

TEST_F(RequestReaderTest, BodiesAreTakenUpToThePathsBound) {
  const std::string head = "POST /takes HTTP/1.1\r\nHost: x\r\nContent-Length: ";
  ASSERT_EQ(Take(head + "10\r\n\r\n0123456789"), Step::kRequest);
  EXPECT_EQ(reader_.request().body, "0123456789");
  reader_.Next();
  EXPECT_EQ(StatusOf(head + "11\r\n\r\n"), 413);
}

TEST_F(RequestReaderTest, ChunksAreTakenUpToThePathsBound) {
  const std::string head = "POST /takes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  ASSERT_EQ(Take(head + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"), Step::kRequest);
  EXPECT_EQ(reader_.request().body, "0123456789");
  reader_.Next();
  EXPECT_EQ(StatusOf(head + "5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n"), 413);
}

TEST_F(RequestReaderTest, ABodyWhereNoneBelongsIsRefused) {
  EXPECT_EQ(StatusOf("GET /other HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"), 413);
}

TEST_F(RequestReaderTest, WhatAPathDoesNotTakeComesWithoutItsBodyAndEndsTheConnection) {
  for (const char* body :
       {"Content-Length: 9000000\r\n\r\na", "Transfer-Encoding: chunked\r\n\r\nx",
        "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n"}) {
    RequestReader reader(settings_, terms_);
    const std::string bytes = "POST /other HTTP/1.1\r\nHost: x\r\n" + std::string(body);
    std::memcpy(reader.Room().data(), bytes.data(), bytes.size());
    reader.Took(bytes.size());
    ASSERT_EQ(reader.Read(), Step::kRequest) << body;
    EXPECT_EQ(reader.request().body, "");
    EXPECT_FALSE(reader.keep_alive());
  }
}

TEST_F(RequestReaderTest, ALargeBodyHasAPlaceUntilItsRequestEnds) {
  const std::string body(300'000, 'x');
  ASSERT_EQ(Take("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + body),
            Step::kRequest);
  EXPECT_EQ(reader_.request().body, body);
  EXPECT_EQ(place_.use_count(), 2);
  reader_.Next();
  EXPECT_EQ(place_.use_count(), 1);
  ASSERT_EQ(Take("POST /takes HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"),
            Step::kRequest);
  reader_.Next();
  {
    RequestReader ends(settings_, terms_);
    const std::string_view head =
        "POST /large HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n";
    std::memcpy(ends.Room().data(), head.data(), head.size());
    ends.Took(head.size());
    EXPECT_EQ(ends.Read(), Step::kNeedMore);
    EXPECT_EQ(place_.use_count(), 2);
  }
  EXPECT_EQ(place_.use_count(), 1) << "a connection ended in the middle";
}

TEST_F(RequestReaderTest, WithoutAPlaceABodyIsRefusedBeforeItIsRead) {
  const std::string head = "POST /large?full HTTP/1.1\r\nHost: x\r\n";
  for (const char* body : {"Content-Length: 300000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n",
                           "Content-Length: 300000\r\nExpect: 100-continue\r\n\r\n"}) {
    RequestReader reader(settings_, terms_);
    const std::string bytes = head + body;
    std::memcpy(reader.Room().data(), bytes.data(), bytes.size());
    reader.Took(bytes.size());
    ASSERT_EQ(reader.Read(), Step::kRefused) << body;
    EXPECT_EQ(reader.refused().status, 503);
    EXPECT_EQ(reader.refused().refusal, Refusal::kQueue);
  }
}

TEST_F(RequestReaderTest, OneEmptyLineMayStandBeforeARequest) {
  ASSERT_EQ(
      Take("\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n\r\n"),
      Step::kRequest);
  ASSERT_TRUE(reader_.Next());
  ASSERT_EQ(reader_.Read(), Step::kRequest);
  EXPECT_EQ(reader_.request().target, "/b");
  EXPECT_FALSE(reader_.Next()) << "it is no beginning of one";
  EXPECT_EQ(reader_.Read(), Step::kNeedMore);
  EXPECT_EQ(StatusOf("\r\n"), 400) << "a second one";
}

TEST_F(RequestReaderTest, AnAbsoluteTargetNamesHostPathAndQuery) {
  for (const auto& [target, host, path] :
       {std::tuple{"http://y.example/a?b=c", "y.example", "/a?b=c"},
        std::tuple{"HTTPS://y.example:8443", "y.example:8443", "/"},
        std::tuple{"http://y.example?b", "y.example", "/?b"}}) {
    ASSERT_EQ(Take("GET " + std::string(target) + " HTTP/1.1\r\nA: b\r\nHost: x\r\n\r\n"),
              Step::kRequest)
        << target;
    EXPECT_EQ(reader_.request().header("host"), host);
    EXPECT_EQ(reader_.request().target, path);
    reader_.Next();
  }
}

TEST_F(RequestReaderTest, TrailersAreNoHeaders) {
  ASSERT_EQ(Take("POST /takes HTTP/1.1\r\nHost: x\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "1;a=b\r\na\r\n0\r\nX: z\r\nZ: z\r\n\r\n"),
            Step::kRequest);
  EXPECT_EQ(reader_.request().body, "a");
  EXPECT_EQ(reader_.request().list("x"), "y");
  EXPECT_EQ(reader_.request().header("z"), "");
}

TEST_F(RequestReaderTest, SaysWhenTheClientWaitsToBeInvited) {
  const std::string head =
      "POST /takes HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n"
      "Content-Length: 1\r\n\r\n";
  ASSERT_EQ(Take(head), Step::kInvite);
  EXPECT_TRUE(reader_.in_body());
  ASSERT_EQ(Take("a"), Step::kRequest);
  reader_.Next();
  EXPECT_EQ(Take(head + "a"), Step::kRequest) << "who sends it at once waits for nothing";
}

TEST_F(RequestReaderTest, RefusesWhatReadersDisagreeAbout) {
  const std::string chunked =
      "POST /takes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& bytes :
       {chunked + "1\r\na\r\n0\r\nHost: y\r\n\r\n", chunked + "+1\r\na\r\n0\r\n\r\n",
        chunked + "1 \r\na\r\n0\r\n\r\n",
        std::string("POST /takes HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("GET /a HTTP/1.1\r\n\r\n"),
        std::string("GET /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
        std::string("GET /a HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"),
        std::string("GET ftp://x/a HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET http://u@x/a HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET http://x/a HTTP/1.1\r\n\r\n"),
        std::string("GET x/a HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET /a HTTP/1.1\r\nHost:\r\n\r\n"),
        std::string("GET /a HTTP/1.1\r\nHost: <b>\r\n\r\n"),
        std::string("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")}) {
    RequestReader reader(settings_, terms_);
    const auto room = reader.Room();
    ASSERT_GE(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    reader.Took(bytes.size());
    EXPECT_EQ(reader.Read(), Step::kRefused) << bytes;
    EXPECT_EQ(reader.refused().status, 400) << bytes;
  }
}

TEST_F(RequestReaderTest, AnswersToItsNamesOnly) {
  settings_.names = {"id.example.cn"};
  for (const char* host : {"id.example.cn", "ID.Example.CN", "id.example.cn:8443"}) {
    ASSERT_EQ(Take("GET /a HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), Step::kRequest)
        << host;
    reader_.Next();
  }
  for (const char* host : {"evil.example", "id.example.cn.evil.example", "[::1]:80"}) {
    RequestReader reader(settings_, terms_);
    const std::string bytes = "GET /a HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
    std::memcpy(reader.Room().data(), bytes.data(), bytes.size());
    reader.Took(bytes.size());
    EXPECT_EQ(reader.Read(), Step::kRefused) << host;
    EXPECT_EQ(reader.refused().status, 421) << host;
  }
}

}  // namespace
}  // namespace cityid
