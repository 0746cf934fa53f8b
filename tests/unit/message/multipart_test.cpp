#include "resolver/message/multipart.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=xyz";

/// Returns "name|type|content" for each field, or the error.
std::vector<std::string> Fields(std::string_view body, std::string_view type = kType) {
  const auto parts = ReadFormParts(type, body);
  if (!parts) return {parts.error().code == Errc::kTooLarge ? "too large" : "malformed"};
  std::vector<std::string> fields;
  for (const FormPart& part : *parts)
    fields.push_back(std::string(part.name) + "|" + std::string(part.type) + "|" +
                     std::string(part.content));
  return fields;
}
using Strings = std::vector<std::string>;

std::string Part(std::string_view name, std::string_view content) {
  return "--xyz\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(content) + "\r\n";
}

TEST(FormParts, AreReadAsBrowsersAndCurlSendThem) {
  const std::string body =
      "--xyz\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a;b\\\"c.jpg\"\r\n"
      "Content-Type: image/jpeg\r\n\r\n\r\n--xy\r\n\1\r\n--xyz\r\n"
      "content-disposition: Form-Data;filename=name=x;name=code\r\n\r\n\r\n--xyz--\r\nepilogue";
  EXPECT_EQ(Fields(body), (Strings{"picture|image/jpeg|\r\n--xy\r\n\1", "code||"}));
  const std::string quoted = "multipart/form-data; charset=utf-8; Boundary=\"xyz\"";
  EXPECT_EQ(Fields(Part("a", "1") + Part("b", "2") + "--xyz--", quoted), (Strings{"a||1", "b||2"}));
  EXPECT_EQ(Fields("--xyz--"), Strings{});
}

TEST(FormParts, ContentIsBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::string body = Part("a", all) + "--xyz--";
  const auto parts = ReadFormParts(kType, body);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->at(0).content, all);
}

TEST(FormParts, AreRefusedIfTheyEndTooEarly) {
  const std::string whole = Part("a", "1") + Part("b", "2") + "--xyz--";
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(Fields(whole.substr(0, size)), Strings{"malformed"}) << size;
}

TEST(FormParts, AreRefusedIfReadersCouldDisagree) {
  for (const std::string& body :
       {"preamble\r\n" + Part("a", "1") + "--xyz--",
        std::string("--xyzContent\r\n\r\n1\r\n--xyz--"),
        std::string("--xyz\r\nContent-Disposition: form-data; name=a\n\n1\r\n--xyz--"),
        std::string("--xyz\r\nname\r\n\r\n1\r\n--xyz--"),
        std::string("--xyz\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--xyz--"),
        std::string("--xyz\r\n\r\n1\r\n--xyz--")}) {
    EXPECT_EQ(Fields(body), Strings{"malformed"}) << body;
  }
  for (const char* type :
       {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary",
        "multipart/form-data; xboundary=xyz", "multipart/form-data; boundary=\"x\ny\""}) {
    EXPECT_EQ(Fields(Part("a", "1") + "--xyz--", type), Strings{"malformed"}) << type;
  }
  const std::string longest(71, 'b');
  EXPECT_EQ(Fields("--" + longest + "--", "multipart/form-data; boundary=" + longest),
            Strings{"malformed"});
}

TEST(FormParts, AreBounded) {
  std::string body;
  for (std::size_t i = 0; i < kMostFormParts; ++i) body += Part("a", "");
  EXPECT_EQ(Fields(body + "--xyz--").size(), kMostFormParts);
  EXPECT_EQ(Fields(body + Part("a", "") + "--xyz--"), Strings{"too large"});
  const std::string field = "X: " + std::string(100, 'x') + "\r\n";
  std::string head = "--xyz\r\n";
  for (int i = 0; i < 100; ++i) head += field;
  EXPECT_EQ(Fields(head + "Content-Disposition: form-data; name=a\r\n\r\n1\r\n--xyz--"),
            Strings{"malformed"});
}

TEST(FormParts, AreOfOneType) {
  EXPECT_TRUE(IsMultipartForm("Multipart/Form-Data; boundary=x"));
  EXPECT_FALSE(IsMultipartForm("multipart/mixed; boundary=x"));
  EXPECT_FALSE(IsMultipartForm(""));
}

}  // namespace
}  // namespace cityid
