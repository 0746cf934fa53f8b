// cityid code new | inspect
#include <cstdio>
#include <filesystem>

#include "cli/checking/scanned.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "codec/city_code.h"
#include "codec/file.h"
#include "codec/key_file.h"
#include "codec/symbol/qr.h"
#include "codec/time_text.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxDocumentFile = std::size_t{1} << 30;
constexpr double kModuleMillimetres = 0.8;

Error Usage(std::string detail) { return Error{Errc::kUsage, std::move(detail)}; }

Result<QrLevel> ParseLevel(const std::string& level) {
  if (level == "L") return QrLevel::kLow;
  if (level == "M") return QrLevel::kMedium;
  if (level == "Q") return QrLevel::kQuartile;
  if (level == "H") return QrLevel::kHigh;
  return Usage("--level is one of L, M, Q (outdoors), H");
}

Result<std::optional<DocumentClaims>> Document(const CodeNewOptions& options) {
  if (options.document_type.empty() && options.document_number.empty() &&
      options.document_date.empty() && options.document_file.empty()) {
    return std::optional<DocumentClaims>();
  }
  DocumentClaims document{options.document_type, options.document_number, {}, {}};
  if (!options.document_date.empty()) {
    const auto date = ParseDay(options.document_date);
    if (!date) return date.error();
    document.date = *date;
  }
  if (!options.document_file.empty()) {
    const auto content = ReadFile(options.document_file, kMaxDocumentFile);
    if (!content) return content.error();
    document.digest = Sha256(*content);
  }
  return std::optional(document);
}

/// Draws `url` in the format that the file's name asks for.
Result<Bytes> Draw(const std::string& extension, const std::string& url, const ClaimedCode& code,
                   QrLevel level, int scale) {
  if (extension == ".cose") return WriteCose(code);
  const auto symbol = EncodeQr(CodeUrlSegments(url), level);
  if (!symbol) return symbol.error();
  const auto bytes = [](const std::string& text) { return Bytes(text.begin(), text.end()); };
  if (extension == ".svg") return bytes(DrawSvg(*symbol));
  if (extension == ".txt") return bytes(DrawText(*symbol, false));
  if (extension == ".pdf") return DrawPdf(*symbol, kModuleMillimetres);
  return DrawPng(*symbol, scale);
}

void PrintClaims(const ScannedCode& scanned) {
  const CodeClaims& claims = scanned.code.claims;
  std::printf(
      "subject   %s\npurpose   %s\nissued    %s\nexpires   %s\nserial    %u\nkid       %s\n",
      claims.subject.text().c_str(), std::string(Name(claims.purpose)).c_str(),
      TimeText(claims.issued_at).c_str(),
      claims.expires_at() ? TimeText(*claims.expires_at()).c_str() : "never", claims.serial,
      Hex(claims.kid).c_str());
  if (scanned.host) std::printf("host      %s\n", scanned.host->c_str());
  if (const auto& document = claims.document) {
    std::printf("document  %s %s", Printable(document->type).c_str(),
                Printable(document->number).c_str());
    if (document->date) std::printf(", %s", DateText(*document->date).c_str());
    if (document->digest) std::printf(", SHA-256 %s", Hex(*document->digest).c_str());
    std::printf("\n");
  }
}

}  // namespace

Result<int> CodeNew(const CodeNewOptions& options, std::chrono::sys_seconds now) {
  const std::string extension = fs::path(options.output).extension();
  if (extension != ".svg" && extension != ".png" && extension != ".pdf" && extension != ".txt" &&
      extension != ".cose") {
    return Usage("-o must end in .svg, .png, .pdf, .txt or .cose");
  }
  const auto id = CityId::Parse(options.id);
  if (!id) return Usage(id.error().detail);
  const auto purpose = PurposeFromName(options.purpose);
  if (!purpose) return Usage("--purpose is one of city, unit, device, document");
  const auto level = ParseLevel(options.level);
  if (!level) return level.error();
  auto document = Document(options);
  if (!document) return document.error();
  if (!IsHostName(options.host)) return Usage("'" + options.host + "' is no host name");
  CodeClaims claims{*id, *purpose, {}, 0, now, options.days, *std::move(document)};
  if (const auto checked = CheckClaims(claims); !checked) return checked.error();

  const auto passphrase = PassphraseFor(options.key, options.passphrase);
  if (!passphrase) return passphrase.error();
  const auto key = OpenKeyFile(options.key, *passphrase);
  if (!key) return key.error();
  claims.kid = HintOf(key->public_key());
  // Only now: a serial is spent even if what follows fails.
  const auto serial = TakeSerials(options.key, 1);
  if (!serial) return serial.error();
  claims.serial = *serial;
  const auto code = SealCode(claims, *key);
  if (!code) return code.error();
  const auto url = WriteCodeUrl(options.host, *code);
  if (!url) return url.error();
  const auto drawn = Draw(extension, *url, *code, *level, options.scale);
  if (!drawn) return drawn.error();
  if (const auto written = WriteFile(options.output, *drawn); !written) return written.error();
  std::printf("%s\n", url->c_str());
  return 0;
}

Result<int> CodeInspect(const CodeInspectOptions& options) {
  auto contents = ContentsOf(options.input);
  if (!contents) return contents.error();
  if (contents->empty()) {
    std::fprintf(stderr, "cityid: %s\n", NoSymbol(options.input).detail.c_str());
    return 1;
  }
  for (const Bytes& content : *contents) {
    if (options.raw) {
      std::fwrite(content.data(), 1, content.size(), stdout);
      std::printf("\n");
      continue;
    }
    const auto scanned = ParseScanned(content);
    if (!scanned) return scanned.error();
    if (options.json) {
      std::printf("%s\n", ClaimsJson(*scanned).c_str());
    } else {
      PrintClaims(*scanned);
    }
  }
  if (!options.raw) std::fprintf(stderr, "nothing was verified; use: cityid scan\n");
  return 0;
}

}  // namespace cityid::cli
