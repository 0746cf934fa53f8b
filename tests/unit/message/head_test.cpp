#include "resolver/message/head.h"

#include <gtest/gtest.h>

#include <string>

namespace cityid {
namespace {

std::string Head(const std::string& fields) { return "GET / HTTP/1.1\r\n" + fields + "\r\n"; }

TEST(CheckRequestHead, LetsAnOrdinaryHeadPass) {
  EXPECT_FALSE(CheckRequestHead(Head("Host: id.example.cn\r\nAccept: */*\r\nX:\r\n")));
  EXPECT_FALSE(CheckRequestHead(Head("")));
}

TEST(CheckRequestHead, RefusesWhatParsersDisagreeAbout) {
  for (const std::string& fields :
       {std::string("A: b\nC: d\r\n"), std::string("A: b\r\n folded\r\n"),
        std::string("A: b\r\n\tfolded\r\n"), std::string("A : b\r\n"), std::string(": b\r\n"),
        std::string("nocolon\r\n"), std::string("A: b\rC: d\r\n"), std::string("A: b\0c\r\n", 8),
        std::string("A: b\x7F\r\n"),
        std::string("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
        std::string("transfer-encoding: chunked\r\ncontent-length: 1\r\n"),
        std::string("Content-Length: 1\r\nContent-Length: 1\r\n")}) {
    const auto problem = CheckRequestHead(Head(fields));
    ASSERT_TRUE(problem) << fields;
    EXPECT_EQ(problem->status, 400) << fields;
  }
}

TEST(CheckRequestHead, ATransferCodingThatIsNotKnownIs501) {
  for (const char* coding :
       {"gzip", "identity", "xchunked", "gzip, chunked", "GZIP,chunked", "chunked,"})
    EXPECT_EQ(CheckRequestHead(Head("Transfer-Encoding: " + std::string(coding) + "\r\n"))->status,
              501)
        << coding;
  for (const char* coding : {"", ",", "\"chunked\"", "chunked;q=1", "chunked, chunked",
                             "chunked, gzip", "gzip; x", "a b"})
    EXPECT_EQ(CheckRequestHead(Head("Transfer-Encoding: " + std::string(coding) + "\r\n"))->status,
              400)
        << coding;
  EXPECT_EQ(CheckRequestHead(Head("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"))->status, 400)
      << "ambiguous";
  EXPECT_FALSE(CheckRequestHead(Head("Transfer-Encoding: Chunked\r\n")));
}

TEST(CheckRequestHead, AnotherVersionIs505) {
  for (const char* version : {"HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/1.2"})
    EXPECT_EQ(CheckRequestHead("GET / " + std::string(version) + "\r\n\r\n")->status, 505)
        << version;
  EXPECT_FALSE(CheckRequestHead("GET / HTTP/1.0\r\n\r\n"));
}

TEST(IsHostAndPort, IsANameOrAnAddressAndPerhapsAPort) {
  for (const char* host : {"id.example.cn", "ID.Example.CN:8443", "localhost", "127.0.0.1:80",
                           "[::1]", "[2001:db8::1]:80", "a_b-c", "id.example.cn.", "x:"})
    EXPECT_TRUE(IsHostAndPort(host)) << host;
  for (const char* host :
       {"",    ":80",     "a b", "<b>",      "a/b",  "a?b",       "a#b",
        "u@a", "a:80:81", "a:x", "a:123456", "[::1", "::1",       "[::1]x",
        "[]",  "[a]",     "a,b", "\"a\"",    "a%41", "https://a", "\xc3\xa9.example"})
    EXPECT_FALSE(IsHostAndPort(host)) << host;
  EXPECT_FALSE(IsHostAndPort(std::string(300, 'a')));
}

TEST(CheckRequestHead, RefusesMoreThan64Fields) {
  std::string fields;
  for (int i = 0; i < 64; ++i) fields += "A: b\r\n";
  EXPECT_FALSE(CheckRequestHead(Head(fields)));
  EXPECT_EQ(CheckRequestHead(Head(fields + "A: b\r\n"))->status, 431);
}

TEST(CheckRequestHead, RefusesAHeadWithoutARequestLine) {
  EXPECT_EQ(CheckRequestHead("\r\n")->status, 400);
}

TEST(CheckRequestHead, RefusesALongRequestLine) {
  const std::string head = "GET /" + std::string(100, 'a') + " HTTP/1.1\r\n\r\n";
  EXPECT_FALSE(CheckRequestHead(head, 64, 114));
  EXPECT_EQ(CheckRequestHead(head, 64, 113)->status, 414);
}

TEST(CheckRequestHead, RefusesCompressedBodies) {
  EXPECT_EQ(CheckRequestHead(Head("Content-Encoding: gzip\r\n"))->status, 415);
  EXPECT_EQ(CheckRequestHead(Head("content-encoding: GZIP, identity\r\n"))->status, 415);
  EXPECT_FALSE(CheckRequestHead(Head("Content-Encoding: identity\r\n")));
  EXPECT_FALSE(CheckRequestHead(Head("Accept-Encoding: gzip\r\n")));
}

}  // namespace
}  // namespace cityid
