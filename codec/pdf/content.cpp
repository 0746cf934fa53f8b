#include "codec/pdf/content.h"

#include <algorithm>
#include <array>
#include <qpdf/BufferInputSource.hh>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDFTokenizer.hh>
#include <string_view>

#include "codec/pdf/pdf_file.h"

namespace cityid {
namespace {

/// How much content is read, decoded. Maps and drawings have tens of megabytes.
constexpr std::size_t kMaxContent = std::size_t{256} << 20;
constexpr std::size_t kMaxStreams = 20'000;
/// How deep states may be saved and not restored.
constexpr int kMaxOpen = 2'000;

struct ContentTooLarge : std::exception {};

/// Appends what is written to a text, up to a bound.
class Collect : public Pipeline {
 public:
  explicit Collect(std::string& out) : Pipeline("content", nullptr), out_(out) {}
  void write(unsigned char const* data, size_t size) override {
    if (size > kMaxContent - std::min(out_.size(), kMaxContent)) throw ContentTooLarge();
    out_.append(reinterpret_cast<const char*>(data), size);
  }
  void finish() override {}

 private:
  std::string& out_;
};

template <std::size_t N>
bool IsOneOf(const std::array<std::string_view, N>& sorted, std::string_view word) {
  return std::ranges::binary_search(sorted, word);
}

// In the order of bytes.
constexpr std::array<std::string_view, 16> kPaints = {"\"", "'", "B", "B*", "Do", "EI", "F", "S", "TJ", "Tj", "b", "b*", "f", "f*", "s", "sh"};
constexpr std::array<std::string_view, 10> kEndsPath = {"B", "B*", "F", "S", "b", "b*", "f", "f*", "n", "s"};
constexpr std::array<std::string_view, 7> kBuildsPath = {"c", "h", "l", "m", "re", "v", "y"};
constexpr std::array<std::string_view, 30> kChangesState = {"CS", "G", "J", "K", "M", "RG", "SC", "SCN", "TL", "Tc", "Tf", "Tr", "Ts", "Tw", "Tz", "W", "W*", "cm", "cs", "d", "g", "gs", "i", "j", "k", "rg", "ri", "sc", "scn", "w"};

/// Follows the operators of a content.
class Follower {
 public:
  void Operator(std::string_view word) {
    if (word == "q") {
      ++depth_;
    } else if (word == "Q") {
      Restore();
    } else if (word == "BT" || word == "ET") {
      in_text_ = word == "BT";
    } else if (word == "BMC" || word == "BDC") {
      ++marked_;
    } else if (word == "EMC") {
      marked_ = std::max(marked_ - 1, 0);
    } else if (word == "BX") {
      ++compatible_;
    } else if (word == "EX") {
      compatible_ = std::max(compatible_ - 1, 0);
    } else if (IsOneOf(kBuildsPath, word)) {
      in_path_ = true;
    } else if (IsOneOf(kChangesState, word)) {
      changed_ |= depth_ <= lowest_;
    }
    if (IsOneOf(kEndsPath, word)) in_path_ = false;
    if (IsOneOf(kPaints, word)) looks_otherwise_ |= restored_change_;
  }

  Result<ContentFrame> Frame() const {
    if (looks_otherwise_) {
      return Error{Errc::kRefused,
                   "the page restores a state that it never saved; make it anew first, as with: gs "
                   "-sDEVICE=pdfwrite -o OUT.pdf IN.pdf"};
    }
    const int saves = 1 - lowest_;
    const int open = saves + depth_;
    if (std::max({saves, open, marked_, compatible_}) > kMaxOpen)
      return Damaged("the page saves states without end");
    ContentFrame frame;
    const auto repeat = [](std::string& out, int times, std::string_view word) {
      for (int i = 0; i < times; ++i) out += word;
    };
    repeat(frame.before, saves, "q\n");
    if (in_path_) frame.after += "n\n";
    if (in_text_) frame.after += "ET\n";
    repeat(frame.after, marked_, "EMC\n");
    repeat(frame.after, compatible_, "EX\n");
    repeat(frame.after, open, "Q\n");
    return frame;
  }

 private:
  /// A viewer ignores what restores a state that nobody saved; within a frame, it restores the state
  /// that the page began with. The same, unless the page had changed that.
  void Restore() {
    if (--depth_ >= lowest_) return;
    lowest_ = depth_;
    restored_change_ |= changed_;
  }

  int depth_ = 0;
  int lowest_ = 0;
  int marked_ = 0;
  int compatible_ = 0;
  bool in_text_ = false;
  bool in_path_ = false;
  bool changed_ = false;          ///< the state at the lowest depth isn't the first one any more
  bool restored_change_ = false;  ///< such a state would be restored within a frame
  bool looks_otherwise_ = false;  ///< and something was painted after that
};

/// Reads content token by token.
Result<ContentFrame> Follow(const std::string& content) {
  using Token = QPDFTokenizer;
  const auto input = std::make_shared<BufferInputSource>("content", content);
  QPDFTokenizer tokenizer;
  tokenizer.allowEOF();
  Follower follower;
  int nested = 0;  // in lists, where words are no operators
  for (;;) {
    const auto token = tokenizer.readToken(input, "content", true);
    const auto type = token.getType();
    const bool at_end = input->tell() >= static_cast<qpdf_offset_t>(content.size());
    if (type == Token::tt_eof) break;
    // What viewers skip is no matter, but the stamp must not become part of it.
    if (type == Token::tt_bad && at_end) return Damaged("the page's content ends within something");
    if (type == Token::tt_array_open || type == Token::tt_dict_open) ++nested;
    if (type == Token::tt_array_close || type == Token::tt_dict_close) nested = std::max(nested - 1, 0);
    if (type != Token::tt_word || nested > 0) continue;
    follower.Operator(token.getValue());
    if (!token.isWord("ID")) continue;
    char space = 0;
    input->read(&space, 1);
    tokenizer.expectInlineImage(input);
    if (tokenizer.readToken(input, "content", true).getType() != Token::tt_inline_image)
      return Damaged("the page's content ends within a picture");
  }
  if (nested > 0) return Damaged("the page's content ends within a list");
  return follower.Frame();
}

}  // namespace

Result<std::vector<QPDFObjectHandle>> ContentStreams(QPDFObjectHandle contents) {
  std::vector<QPDFObjectHandle> streams;
  if (contents.isNull()) return streams;
  const bool list = contents.isArray();
  const int count = list ? contents.getArrayNItems() : 1;
  if (static_cast<std::size_t>(count) > kMaxStreams)
    return Error{Errc::kTooLarge, "the page has too many pieces of content"};
  for (int i = 0; i < count; ++i) {
    QPDFObjectHandle stream = list ? contents.getArrayItem(i) : contents;
    if (stream.isNull()) continue;
    if (!stream.isStream()) return Damaged("the page's content is no stream");
    streams.push_back(stream);
  }
  return streams;
}

Result<ContentFrame> FrameOf(std::vector<QPDFObjectHandle>& streams) {
  std::string content;
  Collect collect(content);
  try {
    for (QPDFObjectHandle& stream : streams) {
      bool decoded = false;
      const bool piped =
          stream.pipeStreamData(&collect, &decoded, 0, qpdf_dl_generalized, true, false);
      if (!piped || !decoded || stream.getDict().hasKey("/F"))
        return Damaged("the page's content can't be decoded");
      content += '\n';
    }
  } catch (const ContentTooLarge&) {
    return Error{Errc::kTooLarge, "the page's content is too large"};
  }
  return Follow(content);
}

}  // namespace cityid
