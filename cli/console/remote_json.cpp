#include "cli/console/remote_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "resolver/answer/json_text.h"

namespace cityid::cli {

/// Copies the library's values, so that its header is needed here alone.
struct RemoteJson::Reader {
  using Library = nlohmann::ordered_json;

  static RemoteJson Copy(const Library& from) {
    RemoteJson value;
    if (from.is_string()) {
      value.kind_ = Kind::kText;
      value.text_ = from.get<std::string>();
    } else if (from.is_structured()) {
      value.kind_ = from.is_object() ? Kind::kObject : Kind::kArray;
      for (const auto& [name, item] : from.items()) {
        if (from.is_object()) value.names_.push_back(name);
        value.items_.push_back(Copy(item));
      }
    } else {
      value.kind_ = Kind::kOther;
      value.text_ = from.dump();
    }
    return value;
  }

  static void Write(const RemoteJson& value, std::string& out) {
    JsonText json(out);
    if (value.IsText()) {
      json.Text(value.text_);
    } else if (value.IsArray()) {
      json.BeginArray();
      for (const RemoteJson& item : value.items_) Write(item, out);
      json.EndArray();
    } else if (value.IsObject()) {
      json.BeginObject();
      for (std::size_t i = 0; i < value.items_.size(); ++i) {
        json.Text(value.names_[i]);
        out += ':';
        Write(value.items_[i], out);
      }
      json.EndObject();
    } else {
      json.Raw(value.text_);
    }
  }
};

RemoteJson RemoteJson::Parse(std::string_view text) {
  if (IsTooMuchJson(text)) return {};
  const auto parsed = Reader::Library::parse(text, nullptr, false);
  return parsed.is_discarded() ? RemoteJson() : Reader::Copy(parsed);
}

const RemoteJson& RemoteJson::operator[](std::string_view name) const {
  static const RemoteJson kAbsent;
  const auto found = std::ranges::find(names_, name);
  return found == names_.end() ? kAbsent : items_[static_cast<std::size_t>(found - names_.begin())];
}

std::string RemoteJson::Plain() const { return IsText() ? text_ : Json(); }

std::string RemoteJson::Json() const {
  std::string out;
  if (IsPresent()) Reader::Write(*this, out);
  return out;
}

bool IsTooMuchJson(std::string_view json) {
  constexpr int kMaxDepth = 32;
  constexpr std::size_t kMaxValues = 100'000;
  int depth = 0;
  std::size_t values = 1;  // at most one more for each bracket and comma
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text && c == '\\') ++i;
    if (c == '"') in_text = !in_text;
    if (in_text) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (c == '[' || c == '{' || c == ',') ++values;
    if (depth > kMaxDepth || values > kMaxValues) return true;
  }
  return false;
}

}  // namespace cityid::cli
