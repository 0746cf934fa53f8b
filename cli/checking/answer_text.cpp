#include "cli/checking/answer_text.h"

#include <nlohmann/json.hpp>

#include "cli/terminal.h"
#include "resolver/answer/verdict.h"

namespace cityid::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Plain(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return Printable(text);
}

void Line(std::string& out, std::string name, const std::string& value) {
  name.resize(11, ' ');
  out += "  " + name + value + "\n";
}

void LineIf(std::string& out, const char* name, const Json& json, const char* key) {
  if (json.contains(key)) Line(out, name, Plain(json.at(key)));
}

std::string Names(const Json& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " · ") + Plain(name);
  return text;
}

std::string Lines(const Json& json) {
  const std::string verdict = json.value("verdict", "");
  std::string out = verdict;
  if (const auto known = VerdictFromName(verdict)) {
    out += std::string(": ") + std::string(Text(*known, Language::kEnglish).title);
  }
  out += "\n";
  if (json.contains("names")) Line(out, "name", Names(json.at("names")));
  if (json.contains("id"))
    Line(out, "id",
         Plain(json.at("id")) + (json.contains("check") ? "-" + Plain(json.at("check")) : ""));
  if (!json.contains("names")) LineIf(out, "why", json, "detail");
  LineIf(out, "nearest", json, "nearest");
  LineIf(out, "level", json, "level");
  LineIf(out, "population", json, "population");
  if (json.contains("position")) {
    Line(out, "position",
         Plain(json.at("position").at("latitude")) + ", " +
             Plain(json.at("position").at("longitude")));
  }
  for (const auto& endpoint : json.value("endpoints", Json::array())) {
    Line(out, "endpoint",
         Plain(endpoint.value("href", Json("private address"))) + " (" + Plain(endpoint.at("rel")) +
             ", " + Plain(endpoint.at("access")) + ")");
  }
  if (json.contains("code")) {
    const Json& code = json.at("code");
    Line(out, "code",
         "purpose " + Plain(code.at("purpose")) + ", serial " + Plain(code.at("serial")) +
             ", issued " + Plain(code.at("issued")) + ", signed by " + Plain(code.at("signedBy")));
    LineIf(out, "expires", code, "expires");
  }
  if (json.contains("ledger")) {
    const Json& ledger = json.at("ledger");
    Line(out, "ledger",
         Plain(ledger.at("origin")) + ", " + Plain(ledger.at("size")) + " entries, as of " +
             Plain(ledger.at("time")) +
             (ledger.value("stale", false) ? ", more than an hour old" : "") +
             (ledger.value("frozen", false) ? ", FROZEN: there is evidence against the log" : ""));
  }
  return out;
}

}  // namespace

std::string AnswerText(std::string_view text) {
  try {
    return Lines(Json::parse(text));
  } catch (const Json::exception&) {
    return "the resolver's answer lacks something or is malformed\n";
  }
}

}  // namespace cityid::cli
