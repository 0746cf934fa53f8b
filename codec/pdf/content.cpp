#include "codec/pdf/content.h"

#include <algorithm>
#include <array>
#include <qpdf/BufferInputSource.hh>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDFTokenizer.hh>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "codec/pdf/open_qpdf.h"
#include "codec/text.h"

namespace cityid {
namespace {

/// How much content is read, decoded. Maps and drawings have tens of megabytes.
constexpr std::size_t kMaxContent = std::size_t{256} << 20;
constexpr std::size_t kMaxStreams = 20'000;
/// How deep states may be saved and not restored.
constexpr int kMaxOpen = 2'000;

/// Returns the error for a content that nobody can rely on. `what`: what is wrong with it.
Error DamagedContent(const std::string& what) {
  return Error{Errc::kMalformed, "the page's content " + what +
                                     "; make it anew first, as with: gs -sDEVICE=pdfwrite -o "
                                     "OUT.pdf IN.pdf"};
}

/// Appends what is written to a text, up to a bound.
class Collect : public Pipeline {
 public:
  explicit Collect(std::string& out) : Pipeline("content", nullptr), out_(out) {}
  void write(unsigned char const* data, size_t size) override {
    full_ |= size > kMaxContent - std::min(out_.size(), kMaxContent);
    // Ends what decodes. qpdf catches it, and says no more than that it failed.
    if (full_) throw std::runtime_error("too much content");
    out_.append(reinterpret_cast<const char*>(data), size);
  }
  void finish() override {}
  bool full() const { return full_; }

 private:
  std::string& out_;
  bool full_ = false;
};

// What an operator does that matters here.
constexpr unsigned kPaints = 1;
constexpr unsigned kEndsPath = 2;
constexpr unsigned kBuildsPath = 4;

/// Operators that do the same, and how many operands each takes at least. A viewer may stop at one
/// that has fewer, so that the stamp after it isn't shown.
struct Operators {
  int operands;
  unsigned does;
  std::string_view words;
};

constexpr std::array kOperators = {
    Operators{0, kPaints | kEndsPath, "B B* F S b b* f f* s"},
    Operators{0, kPaints, "EI"},
    Operators{0, kEndsPath, "n"},
    Operators{0, kBuildsPath, "h"},
    Operators{0, 0, "BI BT BX EMC ET EX ID Q SC SCN T* W W* q sc scn"},
    Operators{1, kPaints, "' Do TJ Tj sh"},
    Operators{1, 0, "BMC CS G J M MP TL Tc Tr Ts Tw Tz cs g gs i j ri w"},
    Operators{2, kBuildsPath, "l m"},
    Operators{2, 0, "BDC DP TD Td Tf d d0"},
    Operators{3, kPaints, "\""},
    Operators{3, 0, "RG rg"},
    Operators{4, kBuildsPath, "re v y"},
    Operators{4, 0, "K k"},
    Operators{6, kBuildsPath, "c"},
    Operators{6, 0, "Tm cm d1"},
};

/// Returns the row of an operator; null for a word that is none.
const Operators* FindOperator(std::string_view word) {
  static const auto rows = [] {
    std::unordered_map<std::string_view, const Operators*> by_word;
    for (const Operators& row : kOperators) {
      for (std::string_view words = row.words; !words.empty();)
        by_word.emplace(TakeUntil(words, ' '), &row);
    }
    return by_word;
  }();
  const auto found = rows.find(word);
  return found == rows.end() ? nullptr : found->second;
}

/// Returns true for what some programs write for a number, and viewers take for one: "--6",
/// "6.0.1".
bool IsNumberLike(std::string_view word) {
  return word.find_first_not_of("0123456789+-.") == std::string_view::npos;
}

/// Follows the operators of a content.
class Follower {
 public:
  /// Takes an operator and how many operands it has. Errors: kMalformed.
  Result<void> Take(std::string_view word, int operands) {
    const Operators* known = FindOperator(word);
    // Viewers skip a word that is none, or take it apart into several that are.
    if (known == nullptr && compatible_ == 0)
      return DamagedContent("has the operator " + std::string(word.substr(0, 20)) +
                            ", which there is not");
    if (known == nullptr) return {};
    if (operands < known->operands)
      return DamagedContent("has too few numbers before " + std::string(word));
    Nest(word);
    const unsigned does = known->does;
    if (does & (kBuildsPath | kEndsPath)) in_path_ = (does & kBuildsPath) != 0;
    if (does & kPaints) doubtful_ |= lowest_ < 0;
    return {};
  }

  Result<ContentFrame> Frame() const {
    if (doubtful_) {
      return DamagedContent(
          "restores a state that it never saved, and viewers disagree about what follows");
    }
    const int saves = 1 - lowest_;
    const int open = saves + depth_;
    if (std::max({saves, open, marked_, compatible_}) > kMaxOpen)
      return DamagedContent("saves states without end");
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
  /// Follows what begins and ends.
  void Nest(std::string_view word) {
    if (word == "q") ++depth_;
    if (word == "Q") lowest_ = std::min(lowest_, --depth_);
    if (word == "BT" || word == "ET") in_text_ = word == "BT";
    if (word == "BMC" || word == "BDC") ++marked_;
    if (word == "EMC") marked_ = std::max(marked_ - 1, 0);
    if (word == "BX") ++compatible_;
    if (word == "EX") compatible_ = std::max(compatible_ - 1, 0);
  }

  int depth_ = 0;
  int lowest_ = 0;
  int marked_ = 0;
  int compatible_ = 0;
  bool in_text_ = false;
  bool in_path_ = false;
  /// Something was painted after a state that nobody saved was restored. Poppler stops there;
  /// others go on, some with the state as it was, and within a frame with that of the page's
  /// beginning.
  bool doubtful_ = false;
};

/// Reads content token by token.
class ContentReader {
 public:
  explicit ContentReader(const std::string& content)
      : input_(std::make_shared<BufferInputSource>("content", content)), size_(content.size()) {
    tokenizer_.allowEOF();
  }

  Result<ContentFrame> Read() {
    for (;;) {
      const auto token = tokenizer_.readToken(input_, "content", true);
      const auto type = token.getType();
      if (type == QPDFTokenizer::tt_eof) break;
      const bool at_end = input_->tell() >= static_cast<qpdf_offset_t>(size_);
      // What viewers skip is no matter, but the stamp must not become part of it.
      if (type == QPDFTokenizer::tt_bad && at_end) return DamagedContent("ends within something");
      if (type != QPDFTokenizer::tt_word || IsNumberLike(token.getValue())) {
        CountOperand(type);
      } else if (nested_ == 0) {
        const auto taken = follower_.Take(token.getValue(), std::exchange(operands_, 0));
        if (!taken) return taken.error();
        if (token.isWord("ID") && !SkipPicture()) return DamagedContent("ends within a picture");
      }
    }
    if (nested_ > 0) return DamagedContent("ends within a list");
    return follower_.Frame();
  }

 private:
  /// In a list, words are no operators, and the whole list is one operand.
  void CountOperand(QPDFTokenizer::token_type_e type) {
    using Token = QPDFTokenizer;
    if (type == Token::tt_array_open || type == Token::tt_dict_open) {
      ++nested_;
      return;
    }
    if ((type == Token::tt_array_close || type == Token::tt_dict_close) && nested_ > 0) --nested_;
    if (nested_ == 0) ++operands_;
  }

  /// Skips the data of a picture in the content. Returns false if it has no end.
  bool SkipPicture() {
    char space = 0;
    input_->read(&space, 1);
    tokenizer_.expectInlineImage(input_);
    return tokenizer_.readToken(input_, "content", true).getType() ==
           QPDFTokenizer::tt_inline_image;
  }

  std::shared_ptr<InputSource> input_;
  std::size_t size_;
  QPDFTokenizer tokenizer_;
  Follower follower_;
  int nested_ = 0;
  int operands_ = 0;
};

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
    // Some viewers leave it out, and some the whole content.
    if (stream.isNull()) return Damaged("the page's content has a piece that there is not");
    if (!stream.isStream()) return Damaged("the page's content is no stream");
    streams.push_back(stream);
  }
  return streams;
}

Result<ContentFrame> FrameOf(std::vector<QPDFObjectHandle>& streams) {
  std::string content;
  Collect collect(content);
  for (QPDFObjectHandle& stream : streams) {
    bool decoded = false;
    const bool piped =
        stream.pipeStreamData(&collect, &decoded, 0, qpdf_dl_generalized, true, false);
    if (collect.full()) return Error{Errc::kTooLarge, "the page's content is too large"};
    if (!piped || !decoded || stream.getDict().hasKey("/F"))
      return DamagedContent("can't be decoded");
    content += '\n';
  }
  return ContentReader(content).Read();
}

}  // namespace cityid
