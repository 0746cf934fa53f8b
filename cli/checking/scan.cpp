// cityid scan: images in, verdicts out.
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/checking/answer_text.h"
#include "cli/checking/prove.h"
#include "cli/checking/scanned.h"
#include "cli/checking/trust.h"
#include "cli/commands.h"
#include "codec/file.h"
#include "ledger/store/replica.h"
#include "resolver/answer/resolve.h"
#include "resolver/http/client.h"
#include "resolver/show/represent.h"

namespace cityid::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What can't be asked because it is no code, as an answer.
std::string MalformedJson(const Error& error) {
  const bool unsupported = error.code == Errc::kUnsupported;
  return Json{{"verdict", Name(unsupported ? Verdict::kUnsupported : Verdict::kMalformed)},
              {"detail", error.detail}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The verdict of the ledger on this machine, as JSON.
Result<std::string> AskLedger(const Replica& replica, const Bytes& content,
                              std::chrono::sys_seconds now) {
  const auto view = replica.Read();
  if (!view) return view.error();
  const auto answer = Resolve(Query::Scanned(content), *view, view->head(), AgeLimits{}, now);
  if (!answer) return answer.error();
  return RenderJson(*answer, {});
}

/// The verdict of a resolver elsewhere. It sees identifier and token only; what it can't see, the
/// carrier and the host in it, is judged here.
Result<std::string> AskResolver(const std::string& resolver, const Bytes& content) {
  const auto scanned = ParseScanned(content);
  if (!scanned) return MalformedJson(scanned.error());
  const ClaimedCode& code = scanned->code;
  const auto fetched = Fetch(resolver, "/" + code.claims.subject.text() + "/" + WriteToken(code),
                             "application/json");
  if (!fetched) return fetched.error();
  Json json = Json::parse(fetched->body, nullptr, false);
  if (!json.is_object() || !json.value("verdict", Json()).is_string() ||
      !VerdictFromName(json["verdict"].get<std::string>())) {
    return Error{Errc::kNetwork, resolver + " answered " + std::to_string(fetched->status) +
                                     ", but not as a resolver does"};
  }
  const Json ledger = json.value("ledger", Json());
  const Json hosts = ledger.is_object() ? ledger.value("hosts", Json()) : Json();
  if (scanned->host && std::ranges::find(hosts, Json(*scanned->host)) == hosts.end()) {
    return Json{{"verdict", Name(Verdict::kWrongHost)},
                {"detail", "'" + *scanned->host + "' is no host of the policy"},
                {"id", code.claims.subject.text()}}
        .dump();
  }
  return json.dump();
}

/// Verdicts from proofs alone: those given as files, or fetched from a resolver.
class ProofJudge {
 public:
  static Result<ProofJudge> Open(const ScanOptions& options) {
    auto trust = ReadTrustFile(options.trust);
    if (!trust) return trust.error();
    auto kept = ReadKeptHead(options.state);
    if (!kept) return kept.error();
    ProofJudge judge{
        std::move(trust->trust), *std::move(kept), options.resolver, options.state, {}};
    for (const std::string& file : options.proofs) {
      auto document = ReadFile(file, kMaxProof);
      if (!document) return document.error();
      const auto parsed = ParseProof(*document);
      if (!parsed) return parsed.error().In(file);
      judge.documents[parsed->about] = *std::move(document);
    }
    return judge;
  }

  Result<std::string> Ask(const Bytes& content, std::chrono::sys_seconds now) {
    const auto scanned = ParseScanned(content);
    if (!scanned) return MalformedJson(scanned.error());
    const auto checked = resolver.empty() ? CheckGiven(content, scanned->code, now)
                                          : CheckFetched(content, scanned->code, now);
    if (!checked) return checked.error();
    kept = KeptHead{checked->checkpoint.checkpoint};
    if (const auto saved = KeepHead(state, kept->checkpoint); !saved) return saved.error();
    return CheckedJson(*checked);
  }

  Result<CheckedAnswer> CheckFetched(const Bytes& content, const ClaimedCode& code,
                                     std::chrono::sys_seconds now) const {
    const auto document = FetchProof(resolver, AboutCode(code), kept);
    if (!document) return document.error();
    return CheckAnswer(*document, Query::Scanned(content), trust, AgeLimits{}, now, kept);
  }

  /// By the proof of the code, or by one of something else of the same subject: that holds the
  /// subject's keys, so that a forged code is known as one.
  Result<CheckedAnswer> CheckGiven(const Bytes& content, const ClaimedCode& code,
                                   std::chrono::sys_seconds now) const {
    const std::string about = AboutCode(code);
    const std::string& subject = code.claims.subject.text();
    const auto check = [&](const Bytes& document) {
      return CheckAnswer(document, Query::Scanned(content), trust, AgeLimits{}, now, kept);
    };
    if (const auto own = documents.find(about); own != documents.end()) return check(own->second);
    std::string why;
    for (const auto& [other, document] : documents) {
      if (other != subject && !other.starts_with(subject + "/")) continue;
      auto checked = check(document);
      if (checked) return checked;
      why = "; what there is of the same identifier does not settle it (" + checked.error().detail +
            ")";
    }
    return Error{Errc::kNotFound,
                 "none of the proofs is about this code: cityid prove " + about + why};
  }

  Trust trust;
  std::optional<KeptHead> kept;
  std::string resolver, state;
  std::map<std::string, Bytes> documents;  ///< by what they are about
};

}  // namespace

Result<int> Scan(const ScanOptions& options, std::chrono::sys_seconds now) {
  const int ways = !options.ledger.empty() + !options.resolver.empty() + !options.proofs.empty();
  if (ways != 1 || (options.trust.empty() && !options.proofs.empty()) ||
      (!options.trust.empty() && !options.ledger.empty())) {
    return Error{
        Errc::kUsage,
        "give --ledger DIR, or --resolver URL [--trust FILE], or --trust FILE --proof FILE"};
  }
  std::optional<ProofJudge> judge;
  if (!options.trust.empty()) {
    auto opened = ProofJudge::Open(options);
    if (!opened) return opened.error();
    judge = *std::move(opened);
  }
  std::optional<Replica> replica;
  if (!options.ledger.empty()) {
    auto opened = Replica::Open(options.ledger, Lmdb::Mode::kRead);
    if (!opened) return opened.error();
    replica = *std::move(opened);
  }
  int status = 0;
  for (const std::string& file : options.files) {
    const auto contents = ContentsOf(file);
    if (!contents || contents->empty()) {
      const Error error = contents ? NoSymbol(file) : contents.error();
      std::fprintf(stderr, "cityid: %s\n", error.detail.c_str());
      status = std::max(status, contents ? kNo : ExitStatus(error.code));
      continue;
    }
    for (const Bytes& content : *contents) {
      const auto answer = judge     ? judge->Ask(content, now)
                          : replica ? AskLedger(*replica, content, now)
                                    : AskResolver(options.resolver, content);
      if (!answer) return answer.error();
      Json json = Json::parse(*answer);
      status =
          std::max(status, Row(*VerdictFromName(json["verdict"].get<std::string>())).exit_status);
      if (options.json) {
        json["file"] = file;
        std::printf("%s\n", json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
      } else {
        if (options.files.size() > 1 || contents->size() > 1) std::printf("%s\n", file.c_str());
        std::printf("%s", AnswerText(*answer).c_str());
      }
    }
  }
  return status;
}

}  // namespace cityid::cli
