#include "cli/records/content_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "cli/console/remote_json.h"
#include "cli/console/streams.h"
#include "resolver/show/record_json.h"

namespace cityid::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxContentJson = 256 * 1024;

template <class T>
void FromJson(const Json& json, T& value);

/// Visits a structure's fields and takes each from its member. Throws where the JSON doesn't fit,
/// as the library does; `ReadJson` catches both.
struct JsonReader {
  const Json& in;
  std::set<std::string> used = {};

  template <class T>
  void operator()(std::uint64_t, const char* field, T& value) {
    std::string name(JsonName(field));
    if (!in.contains(name)) name = field;
    const auto found = in.find(name);
    if (found == in.end()) {
      if constexpr (!fields::kMayBeLeftOut<T>) throw std::invalid_argument(name + " is missing");
      return;
    }
    used.insert(name);
    try {
      FromJson(*found, value);
    } catch (const std::exception& error) {
      throw std::invalid_argument(name + ": " + error.what());
    }
  }

  void RefuseOthers() const {
    for (const auto& [name, value] : in.items()) {
      if (!used.contains(name))
        throw std::invalid_argument("has an unknown member, '" + name + "'");
    }
  }
};

std::string TextOf(const Json& json) {
  if (!json.is_string()) throw std::invalid_argument("must be a text");
  return json.get<std::string>();
}

/// Reads an item of a list and adds it. An error says which one it is.
template <class T>
void ItemFromJson(const Json& json, std::vector<T>& list) {
  try {
    FromJson(json, list.emplace_back());
  } catch (const std::exception& error) {
    throw std::invalid_argument("number " + std::to_string(list.size()) + ": " + error.what());
  }
}

CityId ParseId(const std::string& text) {
  const auto id = CityId::Parse(text);
  if (!id) throw std::invalid_argument(id.error().detail);
  return *id;
}

template <class T>
T ParseName(const std::string& text) {
  for (std::uint8_t i = 1; Known(static_cast<T>(i)); ++i) {
    if (Name(static_cast<T>(i)) == text) return static_cast<T>(i);
  }
  throw std::invalid_argument("'" + text + "' is unknown");
}

/// The largest number that is read as degrees; the records' own unit is 10^-7 degree.
constexpr double kMostDegrees = 180;

/// Parses a coordinate: degrees, as answers have it, or a whole number of 10^-7 degree.
std::int64_t ParseCoordinate(const Json& json) {
  if (!json.is_number()) throw std::invalid_argument("must be a number of degrees");
  const double number = json.get<double>();
  if (std::abs(number) <= kMostDegrees) return std::llround(number * 1e7);
  if (json.is_number_integer()) return json.get<std::int64_t>();
  throw std::invalid_argument("out of range");
}

template <class T>
T ParseNumber(const Json& json) {
  if constexpr (std::is_signed_v<T>) {
    return ParseCoordinate(json);
  } else {
    if (!json.is_number_integer()) throw std::invalid_argument("must be a whole number");
    const auto number = json.get<std::int64_t>();
    if (number < 0 || static_cast<std::uint64_t>(number) > static_cast<T>(-1))
      throw std::invalid_argument("out of range");
    return static_cast<T>(number);
  }
}

template <class T>
void FromJson(const Json& json, T& value) {
  if constexpr (fields::IsOptional<T>::value) {
    FromJson(json, value.emplace());
  } else if constexpr (std::same_as<T, std::vector<CityId>>) {
    if (!json.is_array()) throw std::invalid_argument("must be a list");
    for (const Json& item : json) value.push_back(ParseId(TextOf(item)));
  } else if constexpr (fields::IsList<T>::value) {
    if (!json.is_array()) throw std::invalid_argument("must be a list");
    for (const Json& item : json) ItemFromJson(item, value);
  } else if constexpr (std::same_as<T, TextMap>) {
    if (!json.is_object()) throw std::invalid_argument("must be an object of texts by language");
    for (const auto& [key, text] : json.items()) value[key] = TextOf(text);
  } else if constexpr (std::is_enum_v<T>) {
    value = ParseName<T>(TextOf(json));
  } else if constexpr (std::same_as<T, bool>) {
    if (!json.is_boolean()) throw std::invalid_argument("must be true or false");
    value = json.get<bool>();
  } else if constexpr (std::same_as<T, std::string>) {
    value = TextOf(json);
  } else if constexpr (std::is_arithmetic_v<T>) {
    value = ParseNumber<T>(json);
  } else if constexpr (fields::IsFixedBytes<T>::value) {
    const auto bytes = FromHex(TextOf(json));
    const auto fixed = T::From(bytes ? ByteView(*bytes) : ByteView());
    if (!fixed)
      throw std::invalid_argument("not " + std::to_string(T::kSize) + " bytes in hexadecimal");
    value = *fixed;
  } else {
    if (!json.is_object()) throw std::invalid_argument("must be an object");
    JsonReader reader{json};
    T::Fields(reader, value);
    reader.RefuseOthers();
  }
}

/// Reads a file. `what`: what it has to be.
template <class T>
Result<T> ReadJson(const std::string& file, const std::string& what) {
  const auto text = ReadInput(file, kMaxContentJson);
  if (!text) return text.error();
  const std::string where = file + ": " + what + ": ";
  if (IsTooMuchJson(AsText(*text)))
    return Error{Errc::kMalformed, where + "nested too deep, or of too many values"};
  try {
    T value;
    FromJson(Json::parse(AsText(*text)), value);
    return value;
  } catch (const std::exception& error) {
    return Error{Errc::kMalformed, where + error.what()};
  }
}

}  // namespace

Result<Holding> ReadContent(const std::string& file) {
  auto holding = ReadJson<Holding>(file, "content");
  if (holding) holding->keys.clear();
  return holding;
}

Result<Policy> ReadPolicy(const std::string& file) { return ReadJson<Policy>(file, "policy"); }

std::string IndentJson(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool in_text = false;
  const auto end_line = [&] { out.append("\n").append(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    if (in_text) {
      out += c;
      if (c == '\\') out += json[++i];
      in_text = c != '"';
    } else if (opens && (json[i + 1] == '}' || json[i + 1] == ']')) {
      out.append(1, c).append(1, json[++i]);  // an empty list stays on its line
    } else {
      if (closes) --depth, end_line();
      out += c;
      if (opens) ++depth;
      if (opens || c == ',') end_line();
      if (c == ':') out += ' ';
      in_text = c == '"';
    }
  }
  return out;
}

}  // namespace cityid::cli
