// Claim: the update adds a stamp to one page, and nothing else; what is asked again is answered the
// same. Whether viewers show it where it should be is tests/process/stamps_test.py's.
#include "codec/pdf/update.h"

#include <gtest/gtest.h>

#include <qpdf/Buffer.hh>
#include <qpdf/QPDFWriter.hh>

#include "codec/pdf/stamper.h"
#include "codec/stamp/layout.h"
#include "tests/unit/pdf/handmade.h"

namespace cityid {
namespace {

StampAsked Example() {
  StampAsked stamp;
  stamp.x_mm = 10;
  stamp.y_mm = 20;
  stamp.modules = 61;
  stamp.module_mm = 0.5;
  stamp.caption = {"MA.156.1301.02-K7", "id.example.cn"};
  stamp.region = 500;
  return stamp;
}

Result<Stamp> MakeStamp(const std::string& file, const StampAsked& asked = Example()) {
  const auto stamper = Stamper::Open(AsBytes(file));
  if (!stamper) return stamper.error();
  return stamper->MakeStamp(asked);
}

/// Returns the stamped file; a file that isn't taken is a failure, and empty.
std::string Stamped(const std::string& file, const StampAsked& asked = Example()) {
  const auto stamp = MakeStamp(file, asked);
  EXPECT_TRUE(stamp) << stamp.error().detail;
  if (!stamp) return "";
  return file + std::string(AsText(stamp->before)) + std::string(asked.region - 1, ' ') + "\n" +
         std::string(AsText(stamp->after));
}

std::string WhyNot(const std::string& file, const StampAsked& asked = Example()) {
  const auto stamp = MakeStamp(file, asked);
  return stamp ? "it was stamped" : stamp.error().detail;
}

/// A file as another program reads it, without mending it.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {
    qpdf_.setSuppressWarnings(true);
    qpdf_.setAttemptRecovery(false);
    qpdf_.processMemoryFile("test", file_.data(), file_.size());
  }
  ~Reader() { EXPECT_FALSE(qpdf_.anyWarnings()); }

  QPDF& qpdf() { return qpdf_; }
  QPDFObjectHandle Page(int page = 1) {
    return qpdf_.getAllPages().at(static_cast<std::size_t>(page - 1));
  }
  std::string Content(int stream) {
    const auto data = Page().getKey("/Contents").getArrayItem(stream).getStreamData();
    return {reinterpret_cast<const char*>(data->getBuffer()), data->getSize()};
  }

 private:
  std::string file_;
  QPDF qpdf_;
};

TEST(Update, KeepsTheOriginalAndNamesItsRegion) {
  const std::string file = TablePdf(OnePage());
  const auto stamp = MakeStamp(file);
  ASSERT_TRUE(stamp) << stamp.error().detail;
  const std::string before(AsText(stamp->before));
  SealPlace place;
  place.original = file.size();
  place.begin = file.size() + before.size();
  place.length = Example().region;
  place.rest = stamp->after.size();
  EXPECT_TRUE(before.ends_with("\n" + SealMarker(place)));
  EXPECT_TRUE(before.starts_with("\n"));
  EXPECT_TRUE(AsText(stamp->after).ends_with("%%EOF\n"));
}

TEST(Update, IsTheSameForTheSame) {
  const std::string file = StreamPdf(OnePage(), "/Root 1 0 R /ID [<01><02>]");
  EXPECT_EQ(Stamped(file), Stamped(file));
  StampAsked last = Example();
  last.page = 1;
  EXPECT_EQ(Stamped(file), Stamped(file, last)) << "the last page is the first one";
}

TEST(Update, HasItsStreamsAroundTheContent) {
  Reader reader(Stamped(TablePdf(OnePage("/MediaBox [0 0 298 420]", "q q 0 0 5 5 re f"))));
  EXPECT_EQ(reader.Page().getObjGen(), QPDFObjGen(3, 0));
  EXPECT_EQ(reader.Page().getKey("/Contents").getArrayNItems(), 3);
  EXPECT_EQ(reader.Content(0), "q\n");
  EXPECT_EQ(reader.Content(1), "q q 0 0 5 5 re f");
  EXPECT_EQ(reader.Content(2).substr(0, 24), "\nQ\nQ\nQ\n/Artifact BMC\nq\n/");
  EXPECT_TRUE(reader.Content(2).ends_with("S\nQ\nEMC\n"));
}

TEST(Update, HasASectionOfTheSameKind) {
  const std::string table = Stamped(TablePdf(OnePage()));
  EXPECT_NE(table.find("trailer\n<< /Size 7 /Prev "), std::string::npos);
  const std::string stream = Stamped(StreamPdf(OnePage()));
  EXPECT_EQ(stream.find("trailer"), std::string::npos);
  EXPECT_NE(stream.find("/Size 9 /Prev "), std::string::npos);
  for (const std::string& file : {table, stream})
    EXPECT_EQ(Reader(file).qpdf().getAllPages().size(), 1u);
}

TEST(Update, KeepsTheTrailer) {
  for (const auto write : {TablePdf, StreamPdf}) {
    const std::string file = write(
        OnePage(), "/Root 1 0 R /Info << /Title (a) >> /ID [(\\001\\002) <03>] /Own#20Key [1 2]");
    Reader reader(Stamped(file));
    QPDFObjectHandle trailer = reader.qpdf().getTrailer();
    EXPECT_EQ(trailer.getKey("/Info").unparse(), "<< /Title (a) >>");
    EXPECT_EQ(trailer.getKey("/Own Key").unparse(), "[ 1 2 ]");
    EXPECT_EQ(trailer.getKey("/ID").getArrayItem(0).getStringValue(), "\1\2");
    EXPECT_EQ(trailer.getKey("/ID").getArrayItem(1).getStringValue().size(), 16u);
  }
  EXPECT_EQ(Stamped(TablePdf(OnePage())).find("/ID"), std::string::npos) << "there was none";
}

TEST(Update, HasAnotherIdForAnotherStamp) {
  const std::string file = TablePdf(OnePage(), "/Root 1 0 R /ID [<01><02>]");
  StampAsked other = Example();
  other.x_mm = 11;
  const auto id = [](const std::string& stamped) {
    Reader reader(stamped);
    return reader.qpdf().getTrailer().getKey("/ID").getArrayItem(1).getStringValue();
  };
  EXPECT_NE(id(Stamped(file)), id(Stamped(file, other)));
}

TEST(Update, StampsAStampedFile) {
  for (const auto write : {TablePdf, StreamPdf}) {
    const std::string once = Stamped(write(OnePage(), "/Root 1 0 R"));
    StampAsked other = Example();
    other.x_mm = 60;
    Reader reader(Stamped(once, other));
    EXPECT_EQ(reader.Page().getKey("/Contents").getArrayNItems(), 5);
    QPDFObjectHandle spaces = reader.Page().getKey("/Resources").getKey("/ColorSpace");
    EXPECT_EQ(spaces.getKeys(), (std::set<std::string>{"/CityIDGray", "/CityIDGray2"}));
  }
}

TEST(Update, CopiesResourcesWhereverTheyAre) {
  struct Case {
    std::string page, pages, more;
  };
  const std::string fonts = "/Font << /F << /Type /Font >> >>";
  const std::string spaces = "/ColorSpace << /CityIDGray /DeviceRGB >>";
  const std::vector<Case> cases = {
      {"/Resources << " + fonts + " " + spaces + " >>", "", ""},
      {"/Resources 5 0 R", "", "<< " + fonts + " " + spaces + " >>"},
      {"", "/Resources << " + fonts + " " + spaces + " >>", ""},
      {"", "/Resources 5 0 R", "<< " + fonts + " " + spaces + " >>"},
      {"/Resources << " + fonts + " /ColorSpace 5 0 R >>", "", "<< /CityIDGray /DeviceRGB >>"}};
  for (const Case& one : cases) {
    auto objects = OnePage("/MediaBox [0 0 298 420] " + one.page, "", "", one.pages);
    if (!one.more.empty()) objects.push_back(one.more);
    Reader reader(Stamped(TablePdf(objects)));
    QPDFObjectHandle resources = reader.Page().getKey("/Resources");
    EXPECT_FALSE(resources.isIndirect());
    EXPECT_TRUE(resources.getKey("/Font").hasKey("/F"));
    QPDFObjectHandle found = resources.getKey("/ColorSpace");
    EXPECT_TRUE(found.getKey("/CityIDGray").isNameAndEquals("/DeviceRGB")) << "it is the page's";
    EXPECT_TRUE(found.getKey("/CityIDGray2").getArrayItem(0).isNameAndEquals("/CalGray"));
    EXPECT_NE(reader.Content(2).find("/CityIDGray2 cs"), std::string::npos);
  }
}

TEST(Update, TakesEveryFormOfContents) {
  const auto count = [](const std::string& contents, const std::vector<std::string>& more) {
    std::vector<std::string> objects = OnePage();
    objects[2] = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] " + contents + " >>";
    objects.insert(objects.end(), more.begin(), more.end());
    Reader reader(Stamped(TablePdf(objects)));
    return reader.Page().getKey("/Contents").getArrayNItems();
  };
  EXPECT_EQ(count("", {}), 2);
  EXPECT_EQ(count("/Contents null", {}), 2);
  EXPECT_EQ(count("/Contents [ ]", {}), 2);
  EXPECT_EQ(count("/Contents 4 0 R", {}), 3);
  EXPECT_EQ(count("/Contents [4 0 R 5 0 R]", {StreamObject("n")}), 4);
  EXPECT_EQ(count("/Contents 5 0 R", {"[4 0 R 4 0 R]"}), 4);
}

TEST(Update, KeepsGenerations) {
  std::string file = TablePdf(OnePage());
  file = Exchanged(file, "3 0 obj", "3 7 obj");
  file = Exchanged(file, "/Kids [3 0 R]", "/Kids [3 7 R]");
  std::size_t line = file.find("xref\n0 5\n") + 9 + 20 * 3;
  file.replace(line + 11, 5, "00007");
  Reader reader(Stamped(file));
  EXPECT_EQ(reader.Page().getObjGen(), QPDFObjGen(3, 7));
}

TEST(Update, RefusesAPlaceOutsideOfThePage) {
  StampAsked stamp = Example();
  const auto size = SizeOfStamp(stamp);
  ASSERT_TRUE(size);
  const double width_mm = 298 / 72.0 * 25.4;
  stamp.x_mm = width_mm - size->width_mm;
  EXPECT_EQ(WhyNot(TablePdf(OnePage()), stamp), "it was stamped");
  stamp.x_mm += 0.01;
  EXPECT_EQ(
      WhyNot(TablePdf(OnePage()), stamp),
      "the stamp isn't within the page: it takes 34.5 x 41.5 mm at 70.6,20.0, and the page has "
      "105.1 x 148.2 mm");
}

TEST(Update, RefusesPagesWithoutShape) {
  for (const char* page :
       {"", "/MediaBox [0 0 298]", "/MediaBox [0 0 (a) 420]", "/MediaBox [0 0 0 420]",
        "/MediaBox [0 0 1e30 420]", "/MediaBox [0 0 298 420] /CropBox [500 0 600 420]",
        "/MediaBox [0 0 298 420] /Rotate 45", "/MediaBox [0 0 298 420] /UserUnit 0",
        "/MediaBox [0 0 298 420] /UserUnit 100000"}) {
    const auto stamper_file = TablePdf(OnePage(page));
    EXPECT_NE(WhyNot(stamper_file).find("damaged"), std::string::npos) << page;
  }
}

TEST(Update, RefusesAPlaceThatSomethingIsDrawnOver) {
  // The stamp's corner is at 28.3 to the right and 363.3 above the page's lower left corner.
  const auto with = [](const std::string& annotation) {
    return WhyNot(TablePdf(OnePage("/MediaBox [0 0 298 420] /Annots [<< " + annotation + " >>]")));
  };
  EXPECT_EQ(with("/Subtype /Widget /FT /Tx /Rect [20 300 40 340]"),
            "an annotation or a form field (Widget) lies over that place; choose another one");
  EXPECT_NE(with("/Subtype /FreeText /Rect [290 419 1 1] /F 4").find("FreeText"),
            std::string::npos);
  for (const char* other :
       {"/Subtype /Link /Rect [20 300 40 340]", "/Subtype /Widget /Rect [20 300 28 340]",
        "/Subtype /Widget /Rect [20 300 40 340] /F 2", "/Subtype /Popup /Rect [20 300 40 340]",
        "/Subtype /Widget /Rect [20 364 40 400]", "/Subtype /Widget"})
    EXPECT_EQ(with(other), "it was stamped") << other;
}

TEST(Update, RefusesContentThatCantBeDecoded) {
  std::vector<std::string> objects = OnePage();
  objects[3] = StreamObject("not compressed", "/Filter /FlateDecode");
  EXPECT_NE(WhyNot(TablePdf(objects)).find("can't be decoded"), std::string::npos);
  objects[3] = StreamObject("0 0 5 5 re f", "/F (elsewhere.txt)");
  EXPECT_NE(WhyNot(TablePdf(objects)).find("can't be decoded"), std::string::npos);
}

TEST(Update, RefusesAPageThatNamesAnotherParent) {
  std::vector<std::string> objects = OnePage();
  objects[2] = "<< /Type /Page /Parent 5 0 R /MediaBox [0 0 298 420] >>";
  objects.push_back("<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 90 >>");
  EXPECT_NE(WhyNot(TablePdf(objects)).find("wrong parent"), std::string::npos);
}

TEST(Update, RefusesAHugePageObject) {
  const std::string huge(std::size_t{2} << 20, 'a');
  EXPECT_EQ(WhyNot(TablePdf(OnePage("/MediaBox [0 0 298 420] /Huge (" + huge + ")"))),
            "the page's own object is too large");
  EXPECT_EQ(WhyNot(TablePdf(OnePage(), "/Root 1 0 R /Huge (" + huge + ")")),
            "the PDF's trailer is too large");
}

TEST(Update, TakesALinearizedFileWithObjectStreams) {
  std::string plain = TablePdf(OnePage());
  for (const bool linear : {false, true}) {
    QPDF file;
    file.processMemoryFile("test", plain.data(), plain.size());
    QPDFWriter writer(file);
    writer.setOutputMemory();
    writer.setLinearization(linear);
    writer.setObjectStreamMode(qpdf_o_generate);
    writer.setDeterministicID(true);
    writer.write();
    const auto buffer = writer.getBufferSharedPointer();
    const std::string written(reinterpret_cast<const char*>(buffer->getBuffer()),
                              buffer->getSize());
    Reader reader(Stamped(written));
    EXPECT_EQ(reader.Page().getKey("/Contents").getArrayNItems(), 3);
    EXPECT_FALSE(reader.qpdf().isLinearized()) << "it isn't any more";
  }
}

TEST(Update, WritesATableForAHybridFile) {
  // The page is in no table, but in a stream that the trailer names.
  std::string file = TablePdf(OnePage(), "/Root 1 0 R /XRefStm 0000000000");
  const std::size_t place = file.find("3 0 obj");
  const std::size_t stream = file.find("xref\n0");
  Bytes row;
  AppendBigEndian(row, 1, 1);
  AppendBigEndian(row, place, 4);
  AppendBigEndian(row, 0, 2);
  const std::string object =
      "5 0 obj\n" +
      StreamObject(std::string(AsText(row)),
                   "/Type /XRef /W [1 4 2] /Index [3 1] /Size 6 /Root 1 0 R") +
      "\nendobj\n";
  file.insert(stream, object);
  const std::string number = std::to_string(stream);
  file = Exchanged(file, "/XRefStm 0000000000",
                   "/XRefStm " + std::string(10 - number.size(), '0') + number);
  file = Exchanged(file, "startxref\n" + number,
                   "startxref\n" + std::to_string(stream + object.size()));
  file = Exchanged(file, "/Size 5", "/Size 6");
  const std::size_t line = file.find("xref\n0 5\n") + 9 + 20 * 3;
  file.replace(line, 18, "0000000000 00000 f");
  const std::string stamped = Stamped(file);
  Reader reader(stamped);
  EXPECT_EQ(reader.Page().getKey("/Contents").getArrayNItems(), 3);
  EXPECT_NE(stamped.find("trailer\n<< /Size 8 /Prev "), std::string::npos);
}

}  // namespace
}  // namespace cityid
