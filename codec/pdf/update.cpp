#include "codec/pdf/update.h"

#include <algorithm>
#include <array>

#include "codec/pdf/annotations.h"
#include "codec/pdf/content.h"
#include "codec/pdf/page_shape.h"
#include "codec/pdf/stamp_content.h"
#include "codec/seal/seal.h"
#include "codec/sha256.h"
#include "codec/text.h"

namespace cityid {
namespace {

/// What a page's object may take, written again.
constexpr std::size_t kMaxPageObject = std::size_t{1} << 20;

/// Ends an object that is a stream. PDF/A wants a line feed here that is no part of it.
constexpr const char* kStreamEnd = "\nendstream\nendobj\n";

/// An object of the update, and where it begins in the file.
struct Entry {
  QPDFObjGen number;
  std::uint64_t place = 0;
};

/// The update as it grows.
class Writer {
 public:
  explicit Writer(std::uint64_t begin) : begin_(begin) {}

  /// Appends the first line of an object, and remembers where it is.
  void Begin(QPDFObjGen number) {
    entries_.push_back({number, Place()});
    text_ += std::to_string(number.getObj()) + " " + std::to_string(number.getGen()) + " obj\n";
  }
  void Write(std::string_view text) { text_ += text; }

  /// Leaves out what will be written later. May be called once.
  std::string TakeBefore(std::uint64_t region) {
    begin_ += text_.size() + region;
    return std::exchange(text_, std::string());
  }

  std::uint64_t Place() const { return begin_ + text_.size(); }
  const std::vector<Entry>& entries() const { return entries_; }
  const std::string& text() const { return text_; }

 private:
  std::uint64_t begin_;
  std::string text_;
  std::vector<Entry> entries_;
};

/// Returns a name for a color space that the page doesn't have.
std::string UnusedName(QPDFObjectHandle spaces) {
  std::string name = "/CityIDGray";
  for (int i = 2; spaces.hasKey(name); ++i) name = "/CityIDGray" + std::to_string(i);
  return name;
}

/// Returns the page's resources once more, with the color space of the stamp; its name becomes
/// `gray`. Errors: kMalformed.
Result<QPDFObjectHandle> Resources(const PageTree& tree, int page, std::string& gray) {
  auto found = tree.Inherited(page, "/Resources");
  if (!found) return found.error();
  if (found->isNull()) *found = QPDFObjectHandle::newDictionary();
  if (!found->isDictionary()) return Damaged("the page's resources are no dictionary");
  QPDFObjectHandle resources = found->shallowCopy();
  QPDFObjectHandle spaces = resources.getKey("/ColorSpace");
  if (spaces.isNull()) spaces = QPDFObjectHandle::newDictionary();
  if (!spaces.isDictionary()) return Damaged("the page's color spaces are no dictionary");
  spaces = spaces.shallowCopy();
  gray = UnusedName(spaces);
  spaces.replaceKey(gray, QPDFObjectHandle::parse("[/CalGray << /WhitePoint [1 1 1] >>]"));
  resources.replaceKey("/ColorSpace", spaces);
  return resources;
}

/// Returns the second half of the file's identifier in hexadecimal: another one for each update,
/// and the same for the same.
std::string UpdateId(const PdfFile& file, const StampAsked& stamp) {
  const Bytes asked = WriteStampQuestion(stamp);
  const Sha256Hash hash = Sha256({AsBytes("CityID stamp"), file.bytes(), asked});
  return Hex(hash.view().first(16));
}

/// Returns the entries that a trailer keeps, without its brackets.
std::string TrailerEntries(const PdfFile& file, const StampAsked& stamp, int size) {
  // What belongs to the section itself, or to the stream that it is.
  constexpr std::array<std::string_view, 13> kOwn = {
      "/Size",   "/Prev",   "/XRefStm",     "/Type", "/W",       "/Index",       "/ID",
      "/Length", "/Filter", "/DecodeParms", "/F",    "/FFilter", "/FDecodeParms"};
  std::string entries =
      "/Size " + std::to_string(size) + " /Prev " + std::to_string(file.last_section());
  QPDFObjectHandle trailer = file.qpdf().getTrailer();
  for (auto& [key, value] : trailer.getDictAsMap()) {
    if (std::ranges::find(kOwn, key) != kOwn.end() || value.isNull()) continue;
    entries += ' ';
    entries += QPDFObjectHandle::newName(key).unparse() + " " + value.unparse();
  }
  QPDFObjectHandle id = trailer.getKey("/ID");
  if (id.isArray() && id.getArrayNItems() == 2 && id.getArrayItem(0).isString())
    entries += " /ID [" + id.getArrayItem(0).unparse() + "<" + UpdateId(file, stamp) + ">]";
  return entries;
}

/// Calls `visit(first, entries)` for each run of numbers that follow each other, in order.
template <class Visit>
void ForEachRun(std::vector<Entry> entries, Visit visit) {
  std::ranges::sort(entries, {}, [](const Entry& entry) { return entry.number.getObj(); });
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i + 1;
    while (end < entries.size() &&
           entries[end].number.getObj() == entries[end - 1].number.getObj() + 1)
      ++end;
    visit(entries[i].number.getObj(), std::span(entries).subspan(i, end - i));
    i = end;
  }
}

/// Writes a section as a table, and the trailer.
void WriteTable(Writer& writer, const std::string& trailer) {
  writer.Write("xref\n");
  ForEachRun(writer.entries(), [&](int first, std::span<const Entry> run) {
    writer.Write(std::to_string(first) + " " + std::to_string(run.size()) + "\n");
    for (const Entry& entry : run) {
      writer.Write(ZeroFilled(entry.place, 10) + " " +
                   ZeroFilled(static_cast<std::uint64_t>(entry.number.getGen()), 5) + " n \n");
    }
  });
  writer.Write("trailer\n<< " + trailer + " >>\n");
}

/// Writes a section as a stream, object `number`, which is in it, too.
void WriteSectionStream(Writer& writer, int number, const std::string& trailer) {
  writer.Begin(QPDFObjGen(number, 0));
  Bytes rows;
  std::string index;
  ForEachRun(writer.entries(), [&](int first, std::span<const Entry> run) {
    index += std::to_string(first) + " " + std::to_string(run.size()) + " ";
    for (const Entry& entry : run) {
      AppendBigEndian(rows, 1, 1);
      AppendBigEndian(rows, entry.place, 4);
      AppendBigEndian(rows, static_cast<std::uint64_t>(entry.number.getGen()), 2);
    }
  });
  writer.Write("<< /Type /XRef /W [1 4 2] /Index [" + index + "] /Length " +
               std::to_string(rows.size()) + " " + trailer + " >>\nstream\n");
  writer.Write(AsText(rows));
  writer.Write(kStreamEnd);
}

/// What the objects of an update say.
struct Objects {
  std::string page;     ///< the page, written again
  std::string frame;    ///< the stream before its content
  std::string opening;  ///< of the stamp's stream, up to the marker
  std::string closing;  ///< of it, after the region
};

/// Returns the list of the page's content with the two new streams around it.
std::string NewContents(const std::vector<QPDFObjectHandle>& streams, int first) {
  std::string contents = "[";
  contents += std::to_string(first) + " 0 R ";
  for (QPDFObjectHandle stream : streams) contents += stream.unparse() + " ";
  return contents + std::to_string(first + 1) + " 0 R]";
}

/// Errors: kUsage if something would be drawn over the stamp.
Result<void> CheckAnnotations(QPDFObjectHandle page, const StampAsked& stamp,
                              const PageShape& shape) {
  const auto size = SizeOfStamp(stamp);
  if (!size) return size.error();
  const PagePoint one = shape.At(stamp.x_mm, stamp.y_mm);
  const PagePoint other = shape.At(stamp.x_mm + size->width_mm, stamp.y_mm + size->height_mm);
  const PageBox place = {std::min(one.x, other.x), std::min(one.y, other.y),
                         std::max(one.x, other.x), std::max(one.y, other.y)};
  for (const Annotation& annotation : DrawnAnnotations(page)) {
    if (Overlap(annotation.box, place)) {
      return Error{Errc::kUsage, "an annotation or a form field (" + annotation.kind +
                                     ") lies over that place; choose another one"};
    }
  }
  return {};
}

/// Makes what the objects say. `first`: the number of the first new one.
Result<Objects> MakeObjects(const PageTree& tree, const StampAsked& stamp, int first) {
  const auto shape = ShapeOf(tree, stamp.page);
  if (!shape) return shape.error();
  std::string gray;
  auto resources = Resources(tree, stamp.page, gray);
  if (!resources) return resources.error();
  auto content = DrawStamp(stamp, *shape, gray);
  if (!content) return content.error();
  QPDFObjectHandle page = tree.Page(stamp.page).shallowCopy();
  if (const auto free = CheckAnnotations(page, stamp, *shape); !free) return free.error();
  auto streams = ContentStreams(page.getKey("/Contents"));
  if (!streams) return streams.error();
  const auto frame = FrameOf(*streams);
  if (!frame) return frame.error();
  page.replaceKey("/Resources", *resources);
  page.removeKey("/Contents");
  Objects objects;
  objects.page = page.unparseResolved();
  // The list is written here: it names objects that qpdf doesn't know.
  if (!objects.page.ends_with(">>")) return Damaged("the page is no dictionary");
  objects.page.resize(objects.page.size() - 2);
  objects.page += "/Contents " + NewContents(*streams, first) + " >>";
  if (objects.page.size() > kMaxPageObject)
    return Error{Errc::kTooLarge, "the page's own object is too large"};
  objects.frame = frame->before;
  objects.opening = "\n" + frame->after + content->before;
  objects.closing = content->after;
  return objects;
}

/// Writes what comes after the region. Its length doesn't depend on anything but the lengths of
/// what came before.
void WriteRest(Writer& writer, const PdfFile& file, const StampAsked& stamp,
               const std::string& closing) {
  writer.Write(closing + kStreamEnd);
  const int size = file.next_object() + (file.has_section_stream() ? 3 : 2);
  const std::string trailer = TrailerEntries(file, stamp, size);
  const std::uint64_t section = writer.Place();
  if (file.has_section_stream()) {
    WriteSectionStream(writer, file.next_object() + 2, trailer);
  } else {
    WriteTable(writer, trailer);
  }
  writer.Write("startxref\n" + std::to_string(section) + "\n%%EOF\n");
}

std::string StreamHead(std::uint64_t length) {
  return "<< /Length " + std::to_string(length) + " >>\nstream\n";
}

}  // namespace

Result<Stamp> MakeUpdate(const PdfFile& file, const PageTree& tree, const StampAsked& stamp) {
  const int first = file.next_object();
  const auto objects = MakeObjects(tree, stamp, first);
  if (!objects) return objects.error();
  const std::uint64_t original = file.bytes().size();
  Writer writer(original);
  writer.Write("\n");
  writer.Begin(QPDFObjGen(first, 0));
  writer.Write(StreamHead(objects->frame.size()) + objects->frame + kStreamEnd);
  writer.Begin(tree.Page(stamp.page).getObjGen());
  writer.Write(objects->page + "\nendobj\n");
  writer.Begin(QPDFObjGen(first + 1, 0));
  writer.Write(StreamHead(objects->opening.size() + kSealMarkerSize + stamp.region +
                          objects->closing.size()) +
               objects->opening);
  const std::uint64_t region = writer.Place() + kSealMarkerSize;
  std::string before = writer.TakeBefore(kSealMarkerSize + stamp.region);
  WriteRest(writer, file, stamp, objects->closing);
  if (writer.text().size() > kMaxSealRest)
    return Error{Errc::kTooLarge, "the PDF's trailer is too large"};
  before += SealMarker({original, region, stamp.region, writer.text().size()});
  return Stamp{ToBytes(AsBytes(before)), ToBytes(AsBytes(writer.text()))};
}

}  // namespace cityid
