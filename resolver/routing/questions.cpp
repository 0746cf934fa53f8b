#include "resolver/routing/questions.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codec/cbor.h"
#include "codec/text.h"
#include "resolver/message/form.h"
#include "resolver/routing/pasted.h"

namespace cityid {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxText = 4096;  // bytes of one question

Error Malformed(const char* what) { return Error{Errc::kMalformed, what}; }
Error TooMany() { return Error{Errc::kTooLarge, "at most 256 questions at once"}; }
Error TooLong() { return Error{Errc::kTooLarge, "a question has at most 4,096 bytes"}; }

/// Returns the media type without its parameters, in lower case.
std::string TypeOf(std::string_view content_type) {
  return LowerCase(Trim(content_type.substr(0, content_type.find(';'))));
}

/// Parses JSON that is nested no deeper than the bodies here are. Returns nothing for other text.
std::optional<Json> ParseJson(std::string_view body) {
  constexpr int kDepth = 2;
  // The library takes a NUL byte for the end of the text.
  if (body.find('\0') != std::string_view::npos) return std::nullopt;
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kDepth; };
  Json json = Json::parse(body, shallow, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::string Trimmed(std::string_view text) { return std::string(Trim(text, " \t\r\n")); }

Result<std::vector<Question>> ReadJson(std::string_view body) {
  const auto json = ParseJson(body);
  if (!json || !json->is_array()) return Malformed("the body must be a list of strings");
  if (json->size() > kMostQuestions) return TooMany();
  std::vector<Question> questions;
  for (const Json& item : *json) {
    if (!item.is_string()) return Malformed("the body must be a list of strings");
    const auto& text = item.get_ref<const std::string&>();
    if (text.size() > kMaxText) return TooLong();
    questions.push_back({text});
  }
  return questions;
}

Result<std::vector<Question>> ReadCbor(std::string_view body) {
  CborReader reader(AsBytes(body));
  const auto count = reader.Array();
  if (!count) return count.error();
  if (*count > kMostQuestions) return TooMany();
  std::vector<Question> questions;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto type = reader.Peek();
    if (!type) return type.error();
    Question question;
    if (*type == CborType::kByteString) {
      const auto bytes = reader.ByteString();
      if (!bytes) return bytes.error();
      question.asked = Bytes(bytes->begin(), bytes->end());
    } else {
      const auto text = reader.Text();
      if (!text) return text.error();
      question.asked = std::string(*text);
    }
    if (question.size() > kMaxText) return TooLong();
    questions.push_back(std::move(question));
  }
  if (const auto end = reader.End(); !end) return end.error();
  return questions;
}

}  // namespace

Query QueryOf(const Question& question) {
  if (const auto* bytes = std::get_if<Bytes>(&question.asked)) return Query::Scanned(*bytes);
  return Query::Text(std::get<std::string>(question.asked));
}

bool IsCborType(std::string_view content_type) {
  return TypeOf(content_type) == "application/cbor";
}

Result<std::vector<Question>> ReadQuestions(std::string_view content_type, std::string_view body) {
  const std::string type = TypeOf(content_type);
  if (type != "application/json" && type != "application/cbor")
    return Error{Errc::kMediaType, "questions are taken as application/json or application/cbor"};
  auto questions = type == "application/cbor" ? ReadCbor(body) : ReadJson(body);
  if (questions && questions->empty()) return Malformed("nothing is asked");
  return questions;
}

Result<Question> ReadCode(std::string_view content_type, std::string_view body) {
  const std::string type = TypeOf(content_type);
  if (type == "application/cose") return Question{Bytes(body.begin(), body.end())};
  if (type == "text/plain") {
    if (!IsUtf8(body)) return Malformed("the text is not UTF-8");
    return Question{Trimmed(body)};
  }
  if (type == "application/x-www-form-urlencoded") {
    const auto code = FormField(body, "code", kMaxText);
    if (!code) return code.error();
    if (!*code) return Malformed("the form has no code");
    std::string clean = WithoutSurroundings(**code);
    const bool was_cleaned = clean != Trimmed(**code);
    return Question{std::move(clean), was_cleaned};
  }
  if (type == "application/json") {
    const auto json = ParseJson(body);
    if (!json || !json->is_object() || !json->contains("code") || !json->at("code").is_string())
      return Malformed("the body must look like {\"code\": \"https://...\"}");
    return Question{Trimmed(json->at("code").get_ref<const std::string&>())};
  }
  return Error{Errc::kMediaType,
               "a code is taken as text/plain, application/json, application/cose or a form"};
}

}  // namespace cityid
