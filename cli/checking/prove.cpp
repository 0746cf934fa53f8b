// cityid prove | check
#include "resolver/routes/prove.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/checking/answer_text.h"
#include "cli/checking/prove.h"
#include "cli/checking/trust.h"
#include "cli/commands.h"
#include "codec/city_code.h"
#include "codec/file.h"
#include "codec/time_text.h"
#include "resolver/http/client.h"
#include "resolver/show/represent.h"

namespace cityid::cli {
namespace {

using std::chrono::sys_seconds;

/// "ID" or "ID/digits" for what was typed or scanned: an identifier, a code's path, or its URL.
Result<std::string> AboutOf(const std::string& text) {
  if (text.starts_with("https://")) {
    const auto scanned = ParseScanned(AsBytes(text));
    if (!scanned) return scanned.error();
    return AboutCode(scanned->code);
  }
  if (text.find('/') != std::string::npos) return text;
  const auto id = CityId::ParseTyped(text);
  if (!id) return Error{Errc::kUsage, id.error().detail};
  return id->text();
}

}  // namespace

std::string AboutCode(const ClaimedCode& code) {
  return code.claims.subject.text() + "/" + WriteToken(code);
}

Result<Bytes> FetchProof(const std::string& resolver, const std::string& about,
                         const std::optional<KeptHead>& kept) {
  std::string path = "/" + about + "/proof";
  if (kept) path += "?since=" + std::to_string(kept->checkpoint.size.value);
  const auto fetched = Fetch(resolver, path, "*/*");
  if (!fetched) return fetched.error();
  if (fetched->status != 200) {
    const auto problem = nlohmann::json::parse(fetched->body, nullptr, false);
    const auto detail = problem.is_object() ? problem.find("detail") : problem.end();
    return Error{Errc::kNetwork, resolver + path + " answered " + std::to_string(fetched->status) +
                                     (detail != problem.end() && detail->is_string()
                                          ? ": " + detail->get<std::string>()
                                          : "")};
  }
  return Bytes(fetched->body.begin(), fetched->body.end());
}

std::string CheckedJson(const CheckedAnswer& checked) {
  auto json = nlohmann::ordered_json::parse(RenderJson(checked.answer, {}));
  json["proof"] = {{"origin", checked.checkpoint.checkpoint.origin},
                   {"size", checked.checkpoint.checkpoint.size.value},
                   {"root", Hex(checked.checkpoint.checkpoint.root)},
                   {"cosigned", TimeText(checked.checkpoint.time)}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<int> RunProve(const ProveOptions& options, sys_seconds now) {
  if (options.ledger.empty() == options.resolver.empty())
    return Error{Errc::kUsage, "give either --ledger DIR or --resolver URL"};
  const auto about = AboutOf(options.about);
  if (!about) return about.error();
  const auto kept = ReadKeptHead(options.state);
  if (!kept) return kept.error();
  Result<Bytes> proof = Bytes();
  if (!options.resolver.empty()) {
    proof = FetchProof(options.resolver, *about, *kept);
  } else {
    const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
    if (!replica) return replica.error();
    const auto view = replica->Read();
    if (!view) return view.error();
    std::optional<TreeSize> since;
    if (*kept) since = (*kept)->checkpoint.size;
    proof = Prove(*about, *view, now, since);
  }
  if (!proof) return proof.error();
  if (const auto written = WriteFile(options.output, *proof); !written) return written.error();
  std::fprintf(stderr, "wrote %s, %zu bytes\n", options.output.c_str(), proof->size());
  return 0;
}

Result<int> RunCheck(const CheckOptions& options, sys_seconds now) {
  const auto trust = ReadTrustFile(options.trust);
  if (!trust) return trust.error();
  const auto kept = ReadKeptHead(options.state);
  if (!kept) return kept.error();
  const auto document = ReadFile(options.file, kMaxProof);
  if (!document) return document.error();
  std::optional<Query> query;
  if (!options.about.empty()) {
    const auto about = AboutOf(options.about);
    if (!about) return about.error();
    query = QueryAbout(*about);
    const auto parsed = ParseProof(*document);
    if (!parsed) return parsed.error();
    if (parsed->about != *about) {
      return Error{Errc::kForged, "the proof is about " + parsed->about + ", not " + *about};
    }
  }
  AgeLimits limits;
  limits.hard = std::chrono::hours(options.max_age);
  limits.soft = std::min(limits.soft, limits.hard);
  const auto checked = CheckAnswer(*document, query, trust->trust, limits, now, *kept);
  if (!checked) return checked.error();
  const auto saved = KeepHead(options.state, checked->checkpoint.checkpoint);
  if (!saved) return saved.error();
  const std::string json = CheckedJson(*checked);
  if (options.json) {
    std::printf("%s\n", json.c_str());
  } else {
    std::printf("%s", AnswerText(json).c_str());
  }
  return Row(checked->answer.verdict).exit_status;
}

}  // namespace cityid::cli
