#include "codec/pdf/content.h"

#include <gtest/gtest.h>

#include "tests/unit/pdf/handmade.h"

namespace cityid {
namespace {

/// Returns what stands around a content, one operator after the other, or why nothing does.
std::string FrameAround(const std::vector<std::string>& contents) {
  QPDF file;
  file.emptyPDF();
  file.setSuppressWarnings(true);
  std::vector<QPDFObjectHandle> streams;
  for (const std::string& content : contents) streams.push_back(file.newStream(content));
  const auto frame = FrameOf(streams);
  if (!frame) return frame.error().detail;
  std::string text = frame->before + "... " + frame->after;
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

std::string Frame(const std::string& content) { return FrameAround({content}); }

TEST(ContentFrame, SavesAndRestores) {
  EXPECT_EQ(Frame(""), "q ... Q ");
  EXPECT_EQ(Frame("q 1 0 0 1 5 5 cm Q"), "q ... Q ");
  EXPECT_EQ(FrameAround({}), "q ... Q ");
}

TEST(ContentFrame, EndsWhatIsOpen) {
  EXPECT_EQ(Frame("q q BT"), "q ... ET Q Q Q ");
  EXPECT_EQ(Frame("/A BMC /B << /C [1] >> BDC BX"), "q ... EMC EMC EX Q ");
  EXPECT_EQ(Frame("1 1 m 2 2 l W"), "q ... n Q ");
  EXPECT_EQ(Frame("1 1 m 2 2 l S"), "q ... Q ");
}

TEST(ContentFrame, SavesForWhatIsRestoredWithoutHavingBeenSaved) {
  EXPECT_EQ(Frame("0 0 5 5 re f Q Q"), "q q q ... Q ");
  EXPECT_EQ(Frame("Q q 2 0 0 2 0 0 cm"), "q q ... Q Q ");
  EXPECT_EQ(Frame("q Q Q Q q q Q"), "q q q ... Q Q ");
}

TEST(ContentFrame, RefusesIfViewersDisagreeAboutTheRest) {
  const std::string word = "restores a state that it never saved";
  EXPECT_NE(Frame("Q 0 0 5 5 re f").find(word), std::string::npos);
  EXPECT_NE(Frame("q Q Q BT (a) Tj ET").find(word), std::string::npos);
}

TEST(ContentFrame, RefusesOperatorsWithoutTheirOperands) {
  for (const char* content :
       {"0 0 1 0 0 cm", "1 2 rg", "/A BDC", "Do", "[ 1 2 ] 0 q d"})
    EXPECT_NE(Frame(content).find("too few"), std::string::npos) << content;
  EXPECT_EQ(Frame("[ 1 2 ] 0 d 9 9 9 1 0 0 rg /A << /B [ 1 ] >> BDC EMC"), "q ... Q ");
}

TEST(ContentFrame, RefusesWordsThatAreNoOperators) {
  for (const char* content : {"qq", "q unknown Q", "1 0 0 1 5 5 cmQ"})
    EXPECT_NE(Frame(content).find("which there is not"), std::string::npos) << content;
  EXPECT_EQ(Frame("BX qq EX"), "q ... Q ");
}

TEST(ContentFrame, TakesNumbersAsViewersDo) {
  EXPECT_EQ(Frame("BT --6 6.0.1 Td 4-0 Tc ET"), "q ... Q ");
}

TEST(ContentFrame, CountsOperatorsOnly) {
  EXPECT_EQ(Frame("(q) Tj <71> Tj /q gs % q\n [ q q ] << /q q >> n"), "q ... Q ");
  EXPECT_EQ(Frame("(a\\) q (b) q) Tj"), "q ... Q ");
}

TEST(ContentFrame, SkipsPicturesInContent) {
  EXPECT_EQ(Frame("q BI /W 2 /H 2 /BPC 8 /CS /G ID q q  EI Q"), "q ... Q ");
  EXPECT_NE(Frame("BI /W 2 /H 2 /BPC 8 /CS /G ID abcd").find("ends within"), std::string::npos);
}

TEST(ContentFrame, ReadsStreamsAsOne) {
  EXPECT_EQ(FrameAround({"q", "q", "Q"}), "q ... Q Q ");
  EXPECT_EQ(FrameAround({"1 1 m 1 0 0 1 2 2 c", "n"}), "q ... Q ")
      << "an end of a stream ends a word";
  EXPECT_EQ(FrameAround({"(a", "q) Tj"}), "q ... Q ");
}

TEST(ContentFrame, RefusesContentThatEndsWithinSomething) {
  for (const char* content : {"(a", "<41", "[ 1 2", "<< /A", "(a) Tj [ (b)"})
    EXPECT_NE(Frame(content).find("ends within"), std::string::npos) << content;
}

TEST(ContentFrame, RefusesWithoutEnd) {
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "q ";
  EXPECT_NE(Frame(many).find("without end"), std::string::npos);
  for (char& c : many) {
    if (c == 'q') c = 'Q';
  }
  EXPECT_NE(Frame(many).find("without end"), std::string::npos);
}

TEST(ContentFrame, RefusesWhatCantBeDecoded) {
  QPDF file;
  file.emptyPDF();
  file.setSuppressWarnings(true);
  for (const char* filter : {"/DCTDecode", "/Nonesuch"}) {
    QPDFObjectHandle stream = file.newStream("not compressed");
    stream.getDict().replaceKey("/Filter", QPDFObjectHandle::newName(filter));
    std::vector<QPDFObjectHandle> streams = {stream};
    const auto frame = FrameOf(streams);
    ASSERT_FALSE(frame) << filter;
    EXPECT_EQ(frame.error().code, Errc::kMalformed) << filter;
  }
}

}  // namespace
}  // namespace cityid
