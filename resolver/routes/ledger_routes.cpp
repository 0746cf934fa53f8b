// The ledger itself: the log as files, single keys and entries, and proofs.
#include <algorithm>
#include <filesystem>

#include "codec/text.h"
#include "ledger/store/batch.h"
#include "ledger/sync/log_files.h"
#include "resolver/message/form.h"
#include "resolver/message/gzip.h"
#include "resolver/proving/pack.h"
#include "resolver/proving/prove.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/routing/prefix.h"
#include "resolver/words/negotiate.h"

namespace cityid {
namespace {

constexpr std::size_t kMaxStateKey = 200;
constexpr std::size_t kMaxFileName = 64;
constexpr std::size_t kEtagBytes = 16;
/// The largest bundle that is compressed, in bytes: compression takes about 2 ms for each 100 kB. A
/// larger one is sent as it is, and so is every bundle for a client that asks for many.
constexpr std::size_t kMostCompressed = std::size_t{512} << 10;
constexpr Rate kBundlesRate{20, 100};
constexpr const char* kFresh = "no-cache";
constexpr const char* kForEver = "public, max-age=31536000, immutable";

Response Content(const char* type, const char* caching, std::string_view body) {
  return {
      200,
      {{"Content-Type", type}, {"Cache-Control", caching}, {"X-Content-Type-Options", "nosniff"}},
      std::string(body)};
}

/// Returns the size of the log that the client has seen, if it names one: the document then proves
/// that it continues that log. Errors: kUsage.
Result<std::optional<TreeSize>> SinceOf(const Call& call) {
  const std::string_view text = call.request.parameter("since");
  if (text.empty()) return std::optional<TreeSize>();
  const auto number = ParseDecimal(text);
  if (!number) return Error{Errc::kUsage, "since must be the size of a log"};
  return std::optional(TreeSize{*number});
}

bool TakesGzip(const Call& call) { return AcceptsGzip(call.request.list("accept-encoding")); }

HandlerResult ProofOf(const Call& call, const std::string& about) {
  const auto since = SinceOf(call);
  if (!since) return since.error();
  const Query query = QueryAbout(about);
  if (const auto* error = std::get_if<Error>(&query.subject)) return *error;
  const auto view = ReadView(call);
  if (!view) return view.error();
  const auto proof = Prove(about, *view, call.service.now(), *since);
  if (!proof) return proof.error();
  return Content(kProofType, kFresh, AsText(*proof));
}

}  // namespace

Response NewestText(const std::string& text) {
  const std::string etag = "\"" + Hex(Sha256(AsBytes(text)).view().first(kEtagBytes)) + "\"";
  Response response = Content("text/plain; charset=utf-8", kFresh, text);
  response.headers.Add("ETag", etag);
  return response;
}

HandlerResult GetCheckpoint(const Call& call) {
  const auto view = call.service.replica->Read();
  if (!view) return view.error();
  const auto note = view->Note(view->head().size);
  if (!note) return note.error();
  if (!*note) return Failure{404, "this ledger has no checkpoint of its newest entries"};
  return NewestText(**note);
}

HandlerResult GetTrust(const Call& call) {
  const auto view = ReadView(call);
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!*policy) return Failure{404, "the ledger is empty"};
  const TrustFile file{Trust::Of(**policy), (*policy)->policy.version, view->head().time};
  return NewestText(file.text());
}

HandlerResult GetLogFile(const Call& call) {
  // Clients that are generated from /openapi.json write the slashes of a parameter as "%2F". A file
  // has no other spelling.
  const auto path = PathText(call.path[0], kMaxFileName);
  const bool spelt =
      path && std::ranges::count(call.path[0], '%') ==
                  std::ranges::count(*path, '/') - std::ranges::count(call.path[0], '/');
  const auto file = spelt ? LogFile::Parse(*path) : std::nullopt;
  if (!file) return Failure{404, "no tile or entry bundle has this name"};
  const auto view = call.service.replica->Read();
  if (!view) return view.error();
  auto content = ReadLogFile(*view, view->head().size, *file);
  const std::uint64_t end = view->head().size.value + kMaxBatch + 1;
  if (content && !*content && file->number <= end / kTileWidth) {
    // Witnesses read the batch that waits for its quorum before they cosign it.
    const auto pending = ReadPendingLog(*view);
    if (!pending) return pending.error();
    content = ReadLogFile(**pending, (*pending)->head().size, *file);
  }
  if (!content) return content.error();
  if (!*content) return Failure{404, "the log does not reach so far"};
  Response response = Content("application/octet-stream", kForEver, AsText(**content));
  // Hashes can't be compressed. Partial bundles are what witnesses wait for.
  if (file->level || file->width < kTileWidth) return response;
  response.headers.Add("Vary", "Accept-Encoding");
  if (response.body.size() <= kMostCompressed && TakesGzip(call) &&
      !CheckRate(call.service.bundles_rate, kBundlesRate, call.request, "")) {
    response.headers.Add("Content-Encoding", "gzip");
    response.body = Gzip(response.body);
  }
  return response;
}

HandlerResult GetPolicyProof(const Call& call) {
  const auto version = ParseDecimal(call.path[0]);
  const auto view = call.service.replica->Read();
  if (!view) return view.error();
  const auto proof = version ? view->PolicyProof(*version) : Result(std::optional<Bytes>());
  if (!proof) return proof.error();
  if (!*proof) return Failure{404, "no policy of this version was published"};
  return Content(kProofType, kForEver, AsText(**proof));
}

HandlerResult GetSnapshot(const Call& call) {
  const auto size = ParseDecimal(call.path[0]);
  const std::filesystem::path file =
      std::filesystem::path(call.service.snapshots) / (size ? std::to_string(*size) : "");
  std::error_code error;
  if (!size || call.service.snapshots.empty() || !std::filesystem::is_regular_file(file, error))
    return Failure{404, "no snapshot of this size is handed out here"};
  Response response = Content("application/octet-stream", kForEver, "");
  response.file = file.string();
  return response;
}

HandlerResult GetState(const Call& call) {
  const auto key = FromHex(call.path[0].substr(0, kMaxStateKey));
  if (!key || call.path[0].size() > kMaxStateKey) return Failure{400, "a state key is hexadecimal"};
  const auto view = call.service.replica->Read();
  if (!view) return view.error();
  const auto value = view->Get(*key);
  if (!value) return value.error();
  if (!*value) return Failure{404, "the state has no such key"};
  return Content("application/cbor", "no-store", AsText(**value));
}

HandlerResult GetEntry(const Call& call) {
  const auto index = ParseDecimal(call.path[0]);
  const auto view = call.service.replica->Read();
  if (!view) return view.error();
  if (!index || *index >= view->head().size.value) return Failure{404, "the log has no such entry"};
  const auto entry = view->Entry(Index{*index});
  if (!entry) return entry.error();
  return Content("application/cose", "no-store", AsText(*entry));
}

HandlerResult GetIdentifierProof(const Call& call) {
  return ProofOf(call, std::string(call.path[0]));
}

HandlerResult GetPack(const Call& call) {
  const auto since = SinceOf(call);
  if (!since) return since.error();
  const auto prefix = ReadPrefix(call.path[0]);
  if (!prefix) return NoPrefix();
  if (auto failure = CheckRate(call.service.questions_rate, kListsRate, call.request,
                               "too many packs from your address; try again later"))
    return *std::move(failure);
  const auto view = ReadView(call);
  if (!view) return view.error();
  PackCache none(0);
  PackCache& cache = call.service.packs != nullptr ? *call.service.packs : none;
  const auto found = FindPack(*prefix, *view, call.service.now(), *since, cache);
  if (!found) return found.error();
  const MadePack& pack = **found;
  const bool gzip = pack.is_compressed() && TakesGzip(call);
  Response response = Content(kProofType, kFresh, gzip ? pack.gzip() : AsText(pack.document()));
  if (gzip) response.headers.Add("Content-Encoding", "gzip");
  // Each coding has a tag of its own: both are exact.
  response.headers.Add("ETag", "\"" + pack.tag() + (gzip ? "-gzip\"" : "\""));
  response.headers.Add("Vary", "Accept-Encoding");
  return response;
}

HandlerResult GetCodeProof(const Call& call) {
  return ProofOf(call, std::string(call.path[0]) + "/" + std::string(call.path[1]));
}

}  // namespace cityid
