// Claim: a file whose update might not mean what it should is refused, with what to do; and so is
// one that would take any amount of work.
#include <gtest/gtest.h>

#include "codec/pdf/stamper.h"
#include "tests/unit/pdf/handmade.h"

namespace cityid {
namespace {

/// Returns why a file can't be opened: its kind of error, and the words.
std::pair<Errc, std::string> Refusal(const std::string& file) {
  const auto stamper = Stamper::Open(AsBytes(file));
  if (stamper) return {Errc::kStopped, "it was opened"};
  return {stamper.error().code, stamper.error().detail};
}

void ExpectDamaged(const std::string& file, std::string_view word) {
  const auto [code, why] = Refusal(file);
  EXPECT_EQ(code, Errc::kMalformed) << why;
  EXPECT_NE(why.find(word), std::string::npos) << why;
  EXPECT_NE(why.find("gs -sDEVICE=pdfwrite"), std::string::npos) << why;
}

/// A file whose objects from the second on are these.
std::string WithTree(std::vector<std::string> objects) {
  objects.insert(objects.begin(), "<< /Type /Catalog /Pages 2 0 R >>");
  return TablePdf(objects);
}

constexpr const char* kPage = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] >>";

TEST(PdfRefusals, TakesWhatIsRight) {
  EXPECT_EQ(Refusal(TablePdf(OnePage())).second, "it was opened");
  EXPECT_EQ(Refusal(StreamPdf(OnePage())).second, "it was opened");
}

TEST(PdfRefusals, SayWhatIsNoPdf) {
  for (const std::string& file : {std::string(), std::string("x"), std::string(5000, '\n')}) {
    EXPECT_EQ(Refusal(file).second, "this is no PDF");
  }
}

TEST(PdfRefusals, WantTheFirstLineFirst) {
  for (const char* junk : {"\n", "%PDF-\n", "%PDF-<00\n", "%PDF-1\n", "%PDF-1.\n", "%PDF-.7\n"})
    ExpectDamaged(junk + TablePdf(OnePage()), "doesn't begin with");
}

TEST(PdfRefusals, WantAnEnd) {
  const std::string file = TablePdf(OnePage());
  ExpectDamaged(Exchanged(file, "startxref", "startxxxx"), "startxref");
  ExpectDamaged(file + std::string(2000, ' '), "startxref");
  ExpectDamaged(file.substr(0, file.size() / 2), "startxref");
  const std::size_t place = file.find("xref\n0");
  ExpectDamaged(Exchanged(file, "startxref\n" + std::to_string(place), "startxref\n9999999"),
                "leads nowhere");
  ExpectDamaged(Exchanged(file, "startxref\n" + std::to_string(place),
                          "startxref\n" + std::to_string(place + 1)),
                "leads nowhere");
}

TEST(PdfRefusals, WantEveryOffsetRight) {
  const std::string file = TablePdf(OnePage());
  for (int object = 1; object <= 4; ++object) {
    std::string moved = file;
    const std::size_t line = moved.find("xref\n0 5\n") + 9 + 20 * static_cast<std::size_t>(object);
    moved[line + 9] = moved[line + 9] == '9' ? '8' : static_cast<char>(moved[line + 9] + 1);
    ExpectDamaged(moved, "damaged");
  }
}

TEST(PdfRefusals, WantASizeThatCoversEveryObject) {
  ExpectDamaged(Exchanged(TablePdf(OnePage()), "/Size 5", "/Size 4"), "damaged");
  ExpectDamaged(Exchanged(TablePdf(OnePage()), "/Size 5", "/Sizf 5"), "damaged");
  EXPECT_EQ(Refusal(Exchanged(TablePdf(OnePage()), "/Size 5", "/Size 99999999")).first,
            Errc::kTooLarge);
}

TEST(PdfRefusals, DontFollowCrossReferencesInACircle) {
  const std::string file = TablePdf(OnePage());
  const std::size_t place = file.find("xref\n0");
  ExpectDamaged(Exchanged(file, "/Root", "/Prev " + std::to_string(place) + " /Root"), "damaged");
}

TEST(PdfRefusals, SayThatItIsEncrypted) {
  const std::string file =
      TablePdf(OnePage(),
               "/Root 1 0 R /ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
               "/O (12345678901234567890123456789012) "
               "/U (12345678901234567890123456789012) >>");
  const auto [code, why] = Refusal(file);
  EXPECT_EQ(code, Errc::kRefused);
  EXPECT_NE(why.find("qpdf --decrypt"), std::string::npos) << why;
}

TEST(PdfRefusals, SayThatItIsAnXfaForm) {
  for (const std::string& entries :
       {std::string("/AcroForm << /Fields [] /XFA [] >>"), std::string("/NeedsRendering true")}) {
    const auto [code, why] = Refusal(TablePdf(OnePage("/MediaBox [0 0 298 420]", "", entries)));
    EXPECT_EQ(code, Errc::kRefused);
    EXPECT_NE(why.find("XFA"), std::string::npos) << why;
  }
}

TEST(PdfRefusals, WantAPageTreeWithoutCircles) {
  ExpectDamaged(WithTree({"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}), "twice");
  ExpectDamaged(WithTree({"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                          "<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>"}),
                "twice");
  ExpectDamaged(WithTree({"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>", kPage}), "twice");
}

TEST(PdfRefusals, WantEachPageAsAnObject) {
  ExpectDamaged(WithTree({std::string("<< /Type /Pages /Kids [") + kPage + "] /Count 1 >>"}),
                "no object of its own");
  ExpectDamaged(WithTree({"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "42"}),
                "no object of its own");
}

TEST(PdfRefusals, WantPagesCountedRight) {
  for (const char* count : {"2", "0", "-1", "/One", "null"}) {
    ExpectDamaged(
        WithTree({std::string("<< /Type /Pages /Kids [3 0 R] /Count ") + count + " >>", kPage}),
        "counts");
  }
}

/// Returns why a page can't be stamped.
std::string WhyNot(const std::string& file) {
  const auto stamper = Stamper::Open(AsBytes(file));
  if (!stamper) return stamper.error().detail;
  StampAsked asked;
  asked.page = 1;
  asked.modules = 45;
  asked.module_mm = 0.5;
  asked.region = 20'000;
  const auto stamped = stamper->MakeStamp(asked);
  return stamped ? "it was stamped" : stamped.error().detail;
}

// Viewers disagree about it, and the page that is written again would settle it.
TEST(PdfRefusals, WantNothingThatThereIsNot) {
  const std::string good = "/MediaBox [0 0 298 420] ";
  EXPECT_EQ(WhyNot(TablePdf(OnePage(good))), "it was stamped");
  for (const char* entry :
       {"/Rotate null", "/Rotate 99 0 R", "/Resources 99 0 R", "/CropBox null"}) {
    const std::string why = WhyNot(TablePdf(OnePage(good + entry)));
    EXPECT_NE(why.find("null"), std::string::npos) << entry << ": " << why;
  }
  for (const char* contents : {"[4 0 R 99 0 R]", "[null 4 0 R]"}) {
    auto objects = OnePage(good);
    objects[2] = Exchanged(objects[2], "/Contents 4 0 R", std::string("/Contents ") + contents);
    const std::string why = WhyNot(TablePdf(objects));
    EXPECT_NE(why.find("a piece that there is not"), std::string::npos) << contents << ": " << why;
  }
}

TEST(PdfRefusals, SayThatThereAreNoPages) {
  EXPECT_EQ(Refusal(WithTree({"<< /Type /Pages /Kids [] /Count 0 >>"})).second,
            "the PDF has no pages");
  ExpectDamaged(WithTree({"<< /Type /Pages /Count 0 >>"}), "no pages");
  ExpectDamaged(TablePdf({"<< /Type /Catalog >>"}), "page tree");
}

TEST(PdfRefusals, EndAtDeepTrees) {
  std::vector<std::string> objects = {"<< /Type /Catalog /Pages 2 0 R >>"};
  for (int i = 2; i < 5000; ++i)
    objects.push_back("<< /Type /Pages /Count 1 /Kids [" + std::to_string(i + 1) + " 0 R] >>");
  objects.push_back(kPage);
  ExpectDamaged(TablePdf(objects), "too deep");
}

TEST(PdfRefusals, EndAtDeepObjects) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  ExpectDamaged(TablePdf(OnePage("/MediaBox [0 0 298 420] /Deep " + deep)), "damaged");
}

TEST(PdfRefusals, TakeManyPages) {
  constexpr int kPages = 10'000;
  std::vector<std::string> objects = {"<< /Type /Catalog /Pages 2 0 R >>"};
  std::string kids;
  for (int i = 0; i < kPages; ++i) kids += std::to_string(i + 3) + " 0 R ";
  objects.push_back("<< /Type /Pages /Count 10000 /Kids [" + kids + "] >>");
  objects.insert(objects.end(), kPages, kPage);
  const std::string file = TablePdf(objects);
  const auto stamper = Stamper::Open(AsBytes(file));
  ASSERT_TRUE(stamper) << stamper.error().detail;
  EXPECT_EQ(stamper->Look(-1)->page, kPages);
  EXPECT_EQ(stamper->Look(kPages + 1).error().detail,
            "the PDF has no page 10001; its pages are 1 to 10000");
}

}  // namespace
}  // namespace cityid
