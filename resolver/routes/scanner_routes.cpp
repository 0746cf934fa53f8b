// The scanner (docs/scanner.md).
#include "codec/ed25519.h"
#include "resolver/message/gzip.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/scanner_files.h"
#include "resolver/show/html.h"
#include "resolver/words/negotiate.h"

namespace cityid {
namespace {

constexpr std::string_view kForm =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";
/// The page with its program: its own scripts, WebAssembly, and this host alone.
constexpr std::string_view kProgram =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; img-src 'self'; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

}  // namespace

HandlerResult GetScanner(const Call& call) {
  const ScannerFiles* const files = call.service.scanner;
  RenderContext context;
  context.priority = PriorityOf(call.request);
  context.host = call.request.header("host");
  context.target = call.request.target;
  Response response;
  response.body = ScannerPage(files == nullptr ? "" : "/scan/" + files->version(),
                              call.service.pictures != nullptr, context);
  response.headers = {{"Content-Type", "text/html; charset=utf-8"},
                      {"Content-Language", Tag(context.language())},
                      {"Content-Security-Policy", files == nullptr ? kForm : kProgram},
                      {"Permissions-Policy", "camera=(self)"},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Vary", "Accept-Language, Accept-Encoding"},
                      {"Cache-Control", "no-cache"}};
  const bool packed = AcceptsGzip(call.request.list("accept-encoding"));
  response.headers.Add(
      "ETag", '"' + Hex(FingerprintOf(AsBytes(response.body))) + (packed ? "-gzip\"" : "\""));
  if (packed) {
    response.headers.Add("Content-Encoding", "gzip");
    response.body = Gzip(response.body);
  }
  return response;
}

HandlerResult GetScannerFile(const Call& call) {
  const ScannerFiles* const files = call.service.scanner;
  const ScannerFile* const file =
      files != nullptr && call.path[0] == files->version() ? files->Find(call.path[1]) : nullptr;
  if (file == nullptr) return Failure{404, "the scanner has no such file; open /scan again"};
  Response response;
  response.headers = {{"Content-Type", file->type},
                      {"Cache-Control", "public, max-age=31536000, immutable"},
                      {"Content-Security-Policy", file->policy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Service-Worker-Allowed", "/scan"},
                      {"Vary", "Accept-Encoding"}};
  const bool packed = !file->gzip.empty() && AcceptsGzip(call.request.list("accept-encoding"));
  if (packed) response.headers.Add("Content-Encoding", "gzip");
  response.body = packed ? file->gzip : file->content;
  return response;
}

}  // namespace cityid
