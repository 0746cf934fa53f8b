#include "cli/answer_text.h"

#include <nlohmann/json.hpp>

#include "resolver/verdict.h"

namespace cityid::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Plain(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

void Line(std::string& out, std::string name, const std::string& value) {
  name.resize(11, ' ');
  out += "  " + name + value + "\n";
}

void LineIf(std::string& out, const char* name, const Json& json, const char* key) {
  if (json.contains(key)) Line(out, name, Plain(json[key]));
}

std::string Names(const Json& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " · ") + Plain(name);
  return text;
}

}  // namespace

std::string AnswerText(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  const std::string verdict = json.value("verdict", "");
  std::string out = verdict;
  if (const auto known = VerdictFromName(verdict)) {
    out += std::string(": ") + std::string(Text(*known, Language::kEnglish).title);
  }
  out += "\n";
  if (json.contains("names")) Line(out, "name", Names(json["names"]));
  if (json.contains("id"))
    Line(out, "id", Plain(json["id"]) + (json.contains("check") ? "-" + Plain(json["check"]) : ""));
  if (!json.contains("names")) LineIf(out, "why", json, "detail");
  LineIf(out, "nearest", json, "nearest");
  LineIf(out, "level", json, "level");
  LineIf(out, "population", json, "population");
  if (json.contains("position")) {
    Line(out, "position",
         Plain(json["position"]["latitude"]) + ", " + Plain(json["position"]["longitude"]));
  }
  for (const auto& endpoint : json.value("endpoints", Json::array())) {
    Line(out, "endpoint",
         Plain(endpoint.value("href", Json("private address"))) + " (" + Plain(endpoint["rel"]) +
             ", " + Plain(endpoint["access"]) + ")");
  }
  if (json.contains("code")) {
    const Json& code = json["code"];
    Line(out, "code",
         "purpose " + Plain(code["purpose"]) + ", serial " + Plain(code["serial"]) + ", issued " +
             Plain(code["issued"]) + ", signed by " + Plain(code["signedBy"]));
    LineIf(out, "expires", code, "expires");
  }
  if (json.contains("ledger")) {
    const Json& ledger = json["ledger"];
    Line(out, "ledger",
         Plain(ledger["origin"]) + ", " + Plain(ledger["size"]) + " entries, as of " +
             Plain(ledger["time"]) +
             (ledger.value("stale", false) ? ", more than an hour old" : ""));
  }
  return out;
}

}  // namespace cityid::cli
