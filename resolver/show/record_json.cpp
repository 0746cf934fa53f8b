#include "resolver/show/record_json.h"

#include <nlohmann/json.hpp>

#include "codec/time_text.h"

namespace cityid {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json ToJson(const T& value);

/// Visits a structure's fields and puts each under its name.
struct JsonWriter {
  Json& out;
  template <class T>
  void operator()(std::uint64_t, const char* name, const T& value) {
    if (!fields::LeftOut(value)) out[name] = ToJson(value);
  }
};

template <class T>
Json ToJson(const T& value) {
  if constexpr (fields::IsOptional<T>::value) {
    return ToJson(*value);
  } else if constexpr (fields::IsList<T>::value) {
    Json list = Json::array();
    for (const auto& item : value) list.push_back(ToJson(item));
    return list;
  } else if constexpr (std::same_as<T, TextMap>) {
    Json map = Json::object();
    for (const auto& [key, text] : value) map[key] = text;
    return map;
  } else if constexpr (std::is_enum_v<T>) {
    return Name(value);
  } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
    return value;
  } else if constexpr (std::same_as<T, CityId> || std::same_as<T, Prefix>) {
    return value.text();
  } else if constexpr (fields::IsFixedBytes<T>::value) {
    return Hex(value);
  } else {
    Json object = Json::object();
    JsonWriter writer{object};
    T::Fields(writer, value);
    return object;
  }
}

template <class T>
void FromJson(const Json& json, T& value);

/// Visits a structure's fields and takes each from its name; a wrong type throws inside the library
/// and is caught where the text came in.
struct JsonReader {
  const Json& in;
  std::size_t used = 0;
  template <class T>
  void operator()(std::uint64_t, const char* name, T& value) {
    const auto found = in.find(name);
    if (found == in.end()) {
      if constexpr (!fields::kMayBeLeftOut<T>) {
        throw std::invalid_argument(std::string(name) + " is missing");
      }
      return;
    }
    ++used;
    try {
      FromJson(*found, value);
    } catch (const std::exception& error) {
      throw std::invalid_argument(std::string(name) + ": " + error.what());
    }
  }
};

template <class T>
void FromJson(const Json& json, T& value) {
  if constexpr (fields::IsOptional<T>::value) {
    value.emplace();
    FromJson(json, *value);
  } else if constexpr (std::same_as<T, std::vector<CityId>>) {
    for (const Json& item : json) {
      const auto id = CityId::Parse(item.get<std::string>());
      if (!id) throw std::invalid_argument(id.error().detail);
      value.push_back(*id);
    }
  } else if constexpr (fields::IsList<T>::value) {
    if (!json.is_array()) throw std::invalid_argument("must be a list");
    for (const Json& item : json) FromJson(item, value.emplace_back());
  } else if constexpr (std::same_as<T, TextMap>) {
    for (const auto& [key, text] : json.items()) value[key] = text.template get<std::string>();
  } else if constexpr (std::is_enum_v<T>) {
    const auto text = json.get<std::string>();
    for (std::uint8_t i = 1; Known(static_cast<T>(i)); ++i) {
      if (Name(static_cast<T>(i)) != text) continue;
      value = static_cast<T>(i);
      return;
    }
    throw std::invalid_argument("'" + text + "' is unknown");
  } else if constexpr (std::same_as<T, bool> || std::same_as<T, std::string>) {
    value = json.get<T>();
  } else if constexpr (std::is_unsigned_v<T>) {
    if (!json.is_number_integer()) throw std::invalid_argument("must be a whole number");
    const auto number = json.get<std::int64_t>();
    if (number < 0 || static_cast<std::uint64_t>(number) > static_cast<T>(-1)) {
      throw std::invalid_argument("out of range");
    }
    value = static_cast<T>(number);
  } else if constexpr (std::is_arithmetic_v<T>) {
    if (!json.is_number_integer()) {
      throw std::invalid_argument("must be a whole number (positions: 10^-7 degree)");
    }
    value = json.get<T>();
  } else if constexpr (fields::IsFixedBytes<T>::value) {
    const auto bytes = FromHex(json.get<std::string>());
    const auto fixed = T::From(bytes ? ByteView(*bytes) : ByteView());
    if (!fixed)
      throw std::invalid_argument("not " + std::to_string(T::kSize) + " bytes in hexadecimal");
    value = *fixed;
  } else {
    if (!json.is_object()) throw std::invalid_argument("must be an object");
    JsonReader reader{json};
    T::Fields(reader, value);
    if (reader.used != json.size()) throw std::invalid_argument("has an unknown member");
  }
}

template <class T>
Result<T> ParseJson(std::string_view text, const char* what) {
  try {
    T value;
    FromJson(Json::parse(text), value);
    return value;
  } catch (const std::exception& error) {
    return Error{Errc::kMalformed, std::string(what) + ": " + error.what()};
  }
}

Json SignersJson(const std::vector<Signer>& signers) {
  Json list = Json::array();
  for (const Signer& signer : signers)
    list.push_back({{"role", Name(signer.role)}, {"key", Hex(signer.key)}});
  return list;
}

Json Envelope(const Record& record) {
  Json json = {{"type", Name(record.type())}};
  if (record.subject) json["subject"] = *record.subject;
  if (record.log) json["log"] = Hex(*record.log);
  if (record.previous) json["previous"] = Hex(*record.previous);
  if (record.authority) json["authority"] = Hex(*record.authority);
  if (record.not_after) {
    json["not_after"] = TimeText(std::chrono::sys_seconds(std::chrono::seconds(*record.not_after)));
  }
  json["body"] = std::visit([](const auto& body) { return ToJson(body); }, record.body);
  return json;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string RecordJson(const Record& record, const std::vector<Signer>& signers) {
  Json json = Envelope(record);
  json["signers"] = SignersJson(signers);
  return Dump(json);
}

std::string ApplicationJson(const Application& application) {
  Json json = {{"id", Hex(application.id)}, {"received", TimeText(application.received)}};
  json.update(Envelope(application.record));
  json["signers"] = SignersJson(application.signers);
  json["missing"] = {{"who", application.missing.who},
                     {"signatures", application.missing.signatures}};
  for (const PublicKey& key : application.missing.new_keys)
    json["missing"]["new_keys"].push_back(Hex(key));
  if (application.refused) json["refused"] = application.refused->detail;
  json["conflicts"] = Json::array();
  for (const DraftId& id : application.conflicts) json["conflicts"].push_back(Hex(id));
  return Dump(json);
}

Result<Holding> ParseHoldingJson(std::string_view text) {
  auto holding = ParseJson<Holding>(text, "content");
  if (holding) holding->keys.clear();
  return holding;
}

std::string PolicyJson(const Policy& policy) { return ToJson(policy).dump(2); }

Result<Policy> ParsePolicyJson(std::string_view text) { return ParseJson<Policy>(text, "policy"); }

}  // namespace cityid
