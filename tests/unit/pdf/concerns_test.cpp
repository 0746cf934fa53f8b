// Claim: what makes a stamp worth less is found wherever in the file it stands, and nothing else
// is.
#include "codec/pdf/concerns.h"

#include <gtest/gtest.h>

#include "codec/pdf/stamper.h"
#include "tests/unit/pdf/handmade.h"

namespace cityid {
namespace {

using Kind = PdfConcern::Kind;
constexpr const char* kA6 = "/MediaBox [0 0 298 420]";

/// Returns the concerns of a file with these entries in its catalog and its page, and more objects,
/// from 5 on.
std::string Concerns(const std::string& catalog, const std::string& page = "",
                     const std::vector<std::string>& more = {}) {
  auto objects = OnePage(kA6 + (" " + page), "", catalog);
  objects.insert(objects.end(), more.begin(), more.end());
  const std::string file = TablePdf(objects);
  const auto stamper = Stamper::Open(AsBytes(file));
  if (!stamper) return stamper.error().detail;
  const auto look = stamper->Look(1);
  if (!look) return look.error().detail;
  std::string text;
  for (const PdfConcern& concern : look->concerns)
    text += std::to_string(static_cast<int>(concern.kind)) + " " + concern.what + "\n";
  return text;
}

TEST(Concerns, FindsNoneInAPlainFile) {
  EXPECT_EQ(Concerns(""), "");
  EXPECT_EQ(Concerns("/OpenAction [3 0 R /Fit] /AcroForm << /Fields [] /SigFlags 0 >>"), "");
  EXPECT_EQ(Concerns("/OpenAction << /S /GoTo /D [3 0 R /Fit] >>",
                     "/Annots [<< /Subtype /Link /A << /S /URI /URI (https://a.example) >> >>]"),
            "");
  EXPECT_EQ(Concerns("/OCProperties << /OCGs [5 0 R] /D << /AS [] /Order [5 0 R] >> >>", "",
                     {"<< /Type /OCG /Name (a) >>"}),
            "");
  EXPECT_EQ(Concerns("", "/Annots [<< /Subtype /FileAttachment /FS << /F (a.txt) >> >>]"), "");
}

TEST(Concerns, FindsSignatures) {
  const std::string found = "0 it has a digital signature\n";
  EXPECT_EQ(Concerns("/AcroForm << /Fields [] /SigFlags 3 >>"), "") << "only fields are signed";
  EXPECT_EQ(Concerns("/AcroForm << /Fields [5 0 R] >>", "",
                     {"<< /FT /Sig /T (a) /V << /Type /Sig >> >>"}),
            found);
  EXPECT_EQ(Concerns("/Perms << /DocMDP 5 0 R >>", "", {"<< /Type /Sig >>"}), found);
  EXPECT_EQ(Concerns("", "", {"<< /ByteRange [0 1 2 3] /Contents <00> >>"}), found);
  EXPECT_EQ(Concerns("/AcroForm << /Fields [5 0 R] >>", "", {"<< /FT /Sig /T (a) >>"}), "")
      << "a field that waits for one";
}

TEST(Concerns, FindsScriptsAndActions) {
  const std::string script = "1 it has scripts\n";
  const std::string by_itself = "1 it has actions that run by themselves\n";
  EXPECT_EQ(Concerns("/Names << /JavaScript << /Names [(a) 5 0 R] >> >>", "",
                     {"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"}),
            script);
  EXPECT_EQ(Concerns("", "", {"[ [ << /A << /S /JavaScript >> >> ] ]"}), script);
  EXPECT_EQ(Concerns("/OpenAction << /S /URI /URI (https://a.example) >>"), by_itself);
  EXPECT_EQ(Concerns("", "/AA << /O << /S /Named /N /NextPage >> >>"), by_itself);
  EXPECT_EQ(Concerns("/OpenAction 5 0 R", "", {"<< /S /JavaScript /JS (a) >>"}),
            "1 it has actions that run by themselves; it has scripts\n");
  EXPECT_EQ(Concerns("", "/Annots [<< /A << /S /Launch /F (a.exe) >> >>]"),
            "1 it starts other programs\n");
}

TEST(Concerns, FindsLayersThatChange) {
  const std::string as = "/AS [<< /Event /Print /OCGs [] /Category [/Print] >>]";
  const std::string found = "2 it has layers that a viewer shows or hides by itself\n";
  EXPECT_EQ(Concerns("/OCProperties << /D << " + as + " >> >>"), found);
  EXPECT_EQ(Concerns("/OCProperties << /D << >> /Configs [<< >> << " + as + " >>] >>"), found);
  const auto layer = [](const std::string& entries, const std::string& more = "") {
    return Concerns("/OCProperties << /OCGs [5 0 R] /D << " + more + " >> >>", "",
                    {"<< /Type /OCG /Name (a) " + entries + " >>"});
  };
  EXPECT_EQ(layer("/Usage << /View << /ViewState /OFF >> /Print << /PrintState /ON >> >>"), found);
  EXPECT_EQ(layer("/Usage << /Zoom << /max 1 >> >>"), found);
  EXPECT_EQ(layer("/Usage << /CreatorInfo << /Creator (a) >> >>"), "");
  EXPECT_EQ(layer("/Intent /Design"), found);
  EXPECT_EQ(layer("/Intent [/Design /View]"), "");
  EXPECT_EQ(layer("", "/BaseState /Unchanged"), found);
  EXPECT_EQ(layer("", "/BaseState /OFF"), "");
  EXPECT_EQ(layer("", "/Intent [/Design]"), found);
  for (const char* subtype : {"/Subtype /PS", "/Subtype /Form /Subtype2 /PS"})
    EXPECT_EQ(Concerns("", "", {StreamObject("", subtype)}),
              "2 it has content that only printers show\n");
  EXPECT_EQ(Concerns("/ViewerPreferences << /ViewArea /CropBox /PrintArea /MediaBox >>"),
            "2 it asks for other parts of pages on paper\n");
  EXPECT_EQ(Concerns("/ViewerPreferences << /PrintArea /CropBox >>"), "");
  EXPECT_EQ(Concerns("", "/Annots [<< /A << /S /SetOCGState /State [] >> >>]"),
            "2 it has actions that show or hide something\n");
  EXPECT_EQ(Concerns("", "", {StreamObject("", "/Subtype /Image /Alternates []")}),
            "2 it has pictures that look otherwise on paper\n");
}

TEST(Concerns, FindsAnnotationsThatLookOtherwiseElsewhere) {
  const auto annotation = [](const std::string& more) {
    return Concerns("", "/Annots [<< /Rect [0 0 9 9] " + more + " >>]");
  };
  const std::string found = "2 it has annotations that are shown on screen or on paper alone\n";
  const std::string drawn = "/Subtype /FreeText /AP << >> ";
  EXPECT_EQ(annotation(drawn + "/F 4"), "");
  EXPECT_EQ(annotation(drawn + "/F 36"), found) << "not on screen";
  EXPECT_EQ(annotation(drawn + "/F 260"), found) << "not on screen while the mouse is there";
  EXPECT_EQ(annotation(drawn), found) << "not on paper";
  EXPECT_EQ(annotation("/Subtype /FreeText /F 4"),
            "2 it has annotations that each viewer draws as it likes\n");
  EXPECT_EQ(annotation("/Subtype /Text /F 4"), "");
  EXPECT_EQ(annotation("/Subtype /FreeText /F 2"), "") << "nowhere";
  EXPECT_EQ(annotation("/Subtype /Link"), "");
  EXPECT_EQ(annotation("/Subtype /Widget /F 4 /AP << /N << >> /R << >> >>"),
            "2 it has fields that look otherwise under the mouse\n");
  EXPECT_EQ(Concerns("/AcroForm << /Fields [] /NeedAppearances true >>"),
            "2 its fields are drawn by each viewer as it likes\n");
  EXPECT_EQ(Concerns("", "/Annots [<< /A << /S /ResetForm >> >>]"),
            "1 it has actions that change its fields\n");
}

TEST(Concerns, FindsContentFromOutside) {
  const std::string found = "3 it shows content of other files\n";
  EXPECT_EQ(Concerns("", "", {StreamObject("", "/F (other.txt)")}), found);
  EXPECT_EQ(Concerns("", "", {StreamObject("", "/Subtype /Form /Ref << /F (b.pdf) /Page 0 >>")}),
            found);
  EXPECT_EQ(Concerns("/Collection << >>"), "3 viewers show the files in it instead of its pages\n");
  EXPECT_EQ(Concerns("", "/Annots [<< /Subtype /RichMedia >>]"),
            "3 it has media that are played\n");
}

TEST(Concerns, NamesEachKindOnceAndInOrder) {
  EXPECT_EQ(Concerns("/Collection << >> /Perms << /DocMDP << >> >>",
                     "/Annots [<< /Subtype /Screen /A << /S /JavaScript /JS (a) >> >>]"),
            "0 it has a digital signature\n1 it has scripts\n3 it has media that are played; "
            "viewers show the files in it instead of its pages\n");
}

}  // namespace
}  // namespace cityid
