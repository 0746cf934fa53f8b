#include "cli/checking/scanned.h"

#include <algorithm>

#include "cli/checking/pdf_pages.h"
#include "cli/console/streams.h"
#include "codec/files/own_program.h"
#include "codec/picture/file_kind.h"
#include "codec/shown_text.h"
#include "codec/text.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

/// Returns true if a file is a COSE message: with the tag of COSE_Sign1, with another tag that
/// stands before it, or without any. None of them begins as a picture or a text does.
bool IsCose(ByteView file) {
  // Tags 18 and 61, and an array of four.
  return !file.empty() &&
         (file[0] == 0xD2 || file[0] == 0x84 ||
          (file.size() > 1 && file[0] == 0xD8 && (file[1] == 0x3D || file[1] == 0x12)));
}

/// Adds what is in a picture.
void AddPicture(PictureResult&& result, int page, ScannedContents& contents) {
  if (!result.complete()) {
    const std::string where = page == 0 ? "" : "page " + std::to_string(page) + ": ";
    contents.incomplete.push_back(where + WhyIncomplete(result));
  }
  for (const PictureCorners& corners : result.unread) contents.unread.push_back({page, corners});
  for (PictureSymbol& symbol : result.symbols)
    contents.items.push_back({symbol.content, page, std::move(symbol)});
  contents.reduced = std::max(contents.reduced, result.reduced);
}

Result<ScannedContents> ReadPdf(ByteView file, PictureSource& pictures) {
  auto drawn = DrawPages(file);
  if (!drawn) return drawn.error();
  ScannedContents contents;
  contents.picture = true;
  std::optional<Error> failed;
  std::size_t read = 0;
  for (std::size_t i = 0; i < drawn->pages.size(); ++i) {
    auto result = pictures.Read(drawn->pages[i]);
    if (result) {
      ++read;
      AddPicture(*std::move(result), static_cast<int>(i) + 1, contents);
      continue;
    }
    // What is on the other pages is judged all the same.
    contents.incomplete.push_back("page " + std::to_string(i + 1) + ": " + result.error().detail);
    failed = result.error();
  }
  if (read == 0 && failed) return *failed;
  const std::string pages = std::to_string(drawn->pages.size());
  if (drawn->more) contents.incomplete.push_back("only " + pages + " pages of the PDF were read");
  if (drawn->coarse)
    contents.incomplete.push_back(
        "the pages are too large to be drawn finely; scan a picture of what has the code");
  if (drawn->broken)
    contents.incomplete.push_back("the PDF could be drawn only as far as page " + pages +
                                  "; scan a picture of what follows");
  return contents;
}

ScannedContents Alone(Bytes content) {
  ScannedContents contents;
  contents.items.push_back({std::move(content), 0, {}});
  return contents;
}

void PutCorners(JsonText& json, const PictureCorners& corners) {
  json.Name("corners").BeginArray();
  for (const PicturePoint& point : corners) {
    json.BeginArray();
    for (const std::int32_t coordinate : {point.x, point.y}) json.Raw(std::to_string(coordinate));
    json.EndArray();
  }
  json.EndArray();
}

}  // namespace

Result<std::unique_ptr<PictureReaders>> StartPictureReaders(std::size_t count) {
  const auto program = FindOwnProgram("cityid-reader");
  if (!program) return program.error();
  return PictureReaders::Start(*program, static_cast<int>(count));
}

Result<PictureResult> PictureSource::Read(ByteView file) {
  if (!readers_) {
    auto started = StartPictureReaders(1);
    if (!started) return started.error();
    readers_ = *std::move(started);
  }
  return readers_->TryAcquire()->Read(file, {});
}

Result<ScannedContents> ContentsOf(const std::string& input, PictureSource& pictures) {
  if (input.starts_with("https://")) return Alone(ToBytes(AsBytes(input)));
  auto file = ReadInput(input, kMaxPictureFile);
  if (!file) return file.error();
  if (IsCose(*file)) return Alone(*std::move(file));
  std::string_view text = AsText(*file);
  if (text.starts_with("https://"))
    return Alone(ToBytes(AsBytes(text.substr(0, text.find_last_not_of(" \t\r\n") + 1))));
  if (KindOfFile(*file) == FileKind::kPdf) {
    auto contents = ReadPdf(*file, pictures);
    if (!contents) return contents.error().In(input);
    contents->seals = FindSeals(*file);
    return contents;
  }
  auto result = pictures.Read(*file);
  if (!result) return result.error().In(input);
  ScannedContents contents;
  contents.picture = true;
  AddPicture(*std::move(result), 0, contents);
  return contents;
}

std::string NoCityCode(const std::string& input) {
  return input + ": none of the symbols in the picture is a code of CityID";
}

std::string NoSymbol(const std::string& input, const ScannedContents& contents) {
  std::string line = input + ": no QR code, Data Matrix or Aztec symbol was found in the picture";
  if (contents.reduced > 1)
    line += ", which was read at 1/" + std::to_string(contents.reduced) + " of its size";
  return line + "; take it from nearer, flat and in even light";
}

bool IsToBeJudged(const ScannedItem& item, const std::vector<std::string>& hosts) {
  return !item.symbol || IsCityContent(item.content, hosts);
}

std::string ForeignText(const ScannedItem& item) {
  return "another " + std::string(Name(item.symbol->format)) + ": " + ShortContent(item.content);
}

std::string ForeignJson(const std::string& input, const ScannedItem& item) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Name("foreign").BeginObject();
  json.Member("format", Name(item.symbol->format));
  if (IsUtf8(AsText(item.content))) json.Member("text", AsText(item.content));
  json.Member("hex", Hex(item.content));
  if (item.page != 0) json.Member("page", static_cast<std::uint64_t>(item.page));
  PutCorners(json, item.symbol->corners);
  json.EndObject().Member("file", input).EndObject();
  return out + "\n";
}

std::string IncompleteJson(const std::string& input, const ScannedContents& contents) {
  std::string out;
  for (const UnreadPart& part : contents.unread) {
    std::string line;
    JsonText json(line);
    json.BeginObject().Name("unread").BeginObject();
    if (part.page != 0) json.Member("page", static_cast<std::uint64_t>(part.page));
    PutCorners(json, part.corners);
    json.EndObject().Member("file", input).EndObject();
    out += line + "\n";
  }
  for (const std::string& why : contents.incomplete) {
    std::string line;
    JsonText(line).BeginObject().Member("incomplete", why).Member("file", input).EndObject();
    out += line + "\n";
  }
  return out;
}

}  // namespace cityid::cli
