#include "resolver/http/head.h"

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
