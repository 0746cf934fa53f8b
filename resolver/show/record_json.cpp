#include "resolver/show/record_json.h"

#include <array>
#include <utility>

#include "codec/time_text.h"
#include "resolver/answer/json_text.h"

namespace cityid {
namespace {

template <class T>
void Put(JsonText& json, const T& value);

/// Visits a structure's fields and writes each under its name.
struct JsonWriter {
  JsonText& json;
  template <class T>
  void operator()(std::uint64_t, const char* field, const T& value) {
    if (fields::LeftOut(value)) return;
    if constexpr (std::same_as<T, TextMap>) {
      json.Member(JsonName(field), value);
    } else {
      Put(json.Name(JsonName(field)), value);
    }
  }
};

template <class T>
void Put(JsonText& json, const T& value) {
  if constexpr (fields::IsOptional<T>::value) {
    Put(json, *value);
  } else if constexpr (fields::IsList<T>::value) {
    json.BeginArray();
    for (const auto& item : value) Put(json, item);
    json.EndArray();
  } else if constexpr (std::is_enum_v<T>) {
    json.Text(Name(value));
  } else if constexpr (std::same_as<T, bool>) {
    json.Bool(value);
  } else if constexpr (std::is_arithmetic_v<T>) {
    json.Raw(std::to_string(value));
  } else if constexpr (std::same_as<T, std::string>) {
    json.Text(value);
  } else if constexpr (std::same_as<T, CityId> || std::same_as<T, Prefix>) {
    json.Text(value.text());
  } else if constexpr (fields::IsFixedBytes<T>::value) {
    json.Text(Hex(value));
  } else {
    json.BeginObject();
    JsonWriter writer{json};
    T::Fields(writer, value);
    json.EndObject();
  }
}

void PutSigners(JsonText& json, const std::vector<Signer>& signers) {
  json.Array("signers", signers, [&](const Signer& signer) {
    json.BeginObject().Member("role", Name(signer.role)).Member("key", Hex(signer.key)).EndObject();
  });
}

void PutNewKeys(JsonText& json, const std::vector<PublicKey>& keys) {
  json.Array("new_keys", keys, [&](const PublicKey& key) { json.Text(Hex(key)); });
}

/// Writes the members of a record that has no signatures.
void PutRecord(JsonText& json, const Record& record) {
  json.Member("type", Name(record.type())).Member("subject", record.subject);
  if (record.log) json.Member("log", Hex(*record.log));
  if (record.previous) json.Member("previous", Hex(*record.previous));
  if (record.authority) json.Member("authority", Hex(*record.authority));
  if (record.not_after) {
    json.Member("not_after",
                TimeText(std::chrono::sys_seconds(std::chrono::seconds(*record.not_after))));
  }
  json.Name("body");
  std::visit([&](const auto& body) { Put(json, body); }, record.body);
}

}  // namespace

std::string_view JsonName(std::string_view field) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {{
      {"time_zone", "timeZone"},
      {"languages", "hreflang"},
      {"conforms_to", "conformsTo"},
      {"own_codes_only", "ownCodesOnly"},
      {"retired_at", "retiredAt"},
  }};
  for (const auto& [own, in_answers] : kNames) {
    if (own == field) return in_answers;
  }
  return field;
}

std::string RecordJson(const Record& record, const std::vector<Signer>& signers) {
  std::string out;
  JsonText json(out);
  json.BeginObject();
  PutRecord(json, record);
  PutSigners(json, signers);
  json.EndObject();
  return out;
}

std::string MissingJson(const Missing& missing) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("who", missing.who).Member("signatures", missing.signatures);
  PutNewKeys(json, missing.new_keys);
  json.EndObject();
  return out;
}

std::string ApplicationJson(const Application& application) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("id", Hex(application.id));
  json.Member("received", TimeText(application.received));
  PutRecord(json, application.record);
  PutSigners(json, application.signers);
  const Missing& missing = application.missing;
  json.Name("missing").BeginObject();
  json.Member("who", missing.who).Member("signatures", missing.signatures);
  if (!missing.new_keys.empty()) PutNewKeys(json, missing.new_keys);
  json.EndObject();
  if (application.refused) json.Member("refused", application.refused->detail);
  json.Array("conflicts", application.conflicts, [&](const DraftId& id) { json.Text(Hex(id)); });
  json.EndObject();
  return out;
}

std::string PolicyJson(const Policy& policy) {
  std::string out;
  JsonText json(out);
  Put(json, policy);
  return out;
}

}  // namespace cityid
