#include "resolver/routes/ledger_routes.h"

#include <filesystem>

#include "codec/text.h"
#include "ledger/store/batch.h"
#include "ledger/sync/log_files.h"
#include "resolver/routes/prove.h"

namespace cityid {
namespace {

constexpr std::size_t kMaxStateKey = 200;
constexpr std::size_t kEtagBytes = 16;
constexpr const char* kFresh = "no-cache";
constexpr const char* kForEver = "public, max-age=31536000, immutable";

Response Content(const char* type, const char* caching, std::string_view body) {
  return {
      200,
      {{"Content-Type", type}, {"Cache-Control", caching}, {"X-Content-Type-Options", "nosniff"}},
      std::string(body)};
}

Response ProofOf(const Service& service, const Request& request, const std::string& about) {
  std::optional<TreeSize> since;
  if (const std::string_view text = request.parameter("since"); !text.empty()) {
    const auto number = ParseDecimal(text);
    if (!number) return Problem(400, "since must be the size of a log");
    since = TreeSize{*number};
  }
  const Query query = QueryAbout(about);
  if (const auto* error = std::get_if<Error>(&query.subject)) return ProblemOf(*error);
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  const auto proof = Prove(about, *view, service.now(), since);
  if (!proof) return ProblemOf(proof.error());
  return Content(kProofType, kFresh, AsText(*proof));
}

}  // namespace

Response GetCheckpoint(const Service& service, const Request& request, const PathParameters&) {
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  const auto note = view->Note(view->head().size);
  if (!note) return ProblemOf(note.error());
  if (!*note) return Problem(404, "this ledger has no checkpoint of its newest entries");
  const std::string etag = "\"" + Hex(Sha256(AsBytes(**note)).view().first(kEtagBytes)) + "\"";
  if (request.header("if-none-match") == etag)
    return {304, {{"ETag", etag}, {"Cache-Control", kFresh}}, {}};
  Response response = Content("text/plain; charset=utf-8", kFresh, **note);
  response.headers.Add("ETag", etag);
  return response;
}

Response GetLogFile(const Service& service, const Request&, const PathParameters& path) {
  const auto file = LogFile::Parse(path[0]);
  if (!file) return Problem(404, "no tile or entry bundle has this name");
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  auto content = ReadLogFile(*view, view->head().size, *file);
  const std::uint64_t end = view->head().size.value + kMaxBatch + 1;
  if (content && !*content && file->number <= end / kTileWidth) {
    // A batch that waits for its quorum: witnesses read it before they cosign.
    const auto pending = view->PendingLog();
    if (!pending) return ProblemOf(pending.error());
    content = ReadLogFile(**pending, (*pending)->head().size, *file);
  }
  if (!content) return ProblemOf(content.error());
  if (!*content) return Problem(404, "the log does not reach so far");
  return Content("application/octet-stream", kForEver, AsText(**content));
}

Response GetPolicyProof(const Service& service, const Request&, const PathParameters& path) {
  const auto version = ParseDecimal(path[0]);
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  const auto proof = version ? view->PolicyProof(*version) : Result(std::optional<Bytes>());
  if (!proof) return ProblemOf(proof.error());
  if (!*proof) return Problem(404, "no policy of this version was published");
  return Content(kProofType, kForEver, AsText(**proof));
}

Response GetSnapshot(const Service& service, const Request&, const PathParameters& path) {
  const auto size = ParseDecimal(path[0]);
  const std::filesystem::path file =
      std::filesystem::path(service.snapshots) / (size ? std::to_string(*size) : "");
  std::error_code error;
  if (!size || service.snapshots.empty() || !std::filesystem::is_regular_file(file, error))
    return Problem(404, "no snapshot of this size is handed out here");
  Response response = Content("application/octet-stream", kForEver, "");
  response.file = file.string();
  return response;
}

Response GetState(const Service& service, const Request&, const PathParameters& path) {
  const auto key = FromHex(path[0].substr(0, kMaxStateKey));
  if (!key || path[0].size() > kMaxStateKey) return Problem(400, "a state key is hexadecimal");
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  const auto value = view->Get(*key);
  if (!value) return ProblemOf(value.error());
  if (!*value) return Problem(404, "the state has no such key");
  return Content("application/cbor", "no-store", AsText(**value));
}

Response GetEntry(const Service& service, const Request&, const PathParameters& path) {
  const auto index = ParseDecimal(path[0]);
  const auto view = service.replica->Read();
  if (!view) return ProblemOf(view.error());
  if (!index || *index >= view->head().size.value) return Problem(404, "the log has no such entry");
  const auto entry = view->Entry(Index{*index});
  if (!entry) return ProblemOf(entry.error());
  return Content("application/cose", "no-store", AsText(*entry));
}

Response GetIdentifierProof(const Service& service, const Request& request,
                            const PathParameters& path) {
  return ProofOf(service, request, std::string(path[0]));
}

Response GetCodeProof(const Service& service, const Request& request, const PathParameters& path) {
  return ProofOf(service, request, std::string(path[0]) + "/" + std::string(path[1]));
}

}  // namespace cityid
