#include "resolver/http/head.h"

#include <gtest/gtest.h>

#include <string>

namespace cityid {
namespace {

std::string Head(const std::string& fields) { return "GET / HTTP/1.1\r\n" + fields + "\r\n"; }

TEST(CheckRequestHead, LetsAnOrdinaryHeadPass) {
  EXPECT_EQ(CheckRequestHead(Head("Host: id.example.cn\r\nAccept: */*\r\nX:\r\n")), nullptr);
  EXPECT_EQ(CheckRequestHead(Head("")), nullptr);
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
    EXPECT_NE(CheckRequestHead(Head(fields)), nullptr) << fields;
  }
}

TEST(CheckRequestHead, RefusesMoreThan64Fields) {
  std::string fields;
  for (int i = 0; i < 64; ++i) fields += "A: b\r\n";
  EXPECT_EQ(CheckRequestHead(Head(fields)), nullptr);
  EXPECT_NE(CheckRequestHead(Head(fields + "A: b\r\n")), nullptr);
}

TEST(CheckRequestHead, RefusesAHeadWithoutARequestLine) {
  EXPECT_NE(CheckRequestHead("\r\n"), nullptr);
}

}  // namespace
}  // namespace cityid
