// cityid document seal: puts a signed code into a PDF as it leaves the office, or beside any other
// file (docs/documents.md).
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "cli/codes/code_picture.h"
#include "cli/codes/document_claims.h"
#include "cli/codes/issuing.h"
#include "cli/console/clock.h"
#include "cli/console/key_files.h"
#include "cli/console/stop.h"
#include "cli/console/streams.h"
#include "cli/documents/commands.h"
#include "cli/documents/register.h"
#include "cli/documents/seal_batch.h"
#include "cli/documents/seal_list.h"
#include "cli/documents/sealing.h"
#include "codec/files/file.h"
#include "codec/picture/file_kind.h"
#include "codec/text.h"

namespace cityid::cli {
namespace {

struct Seal {
  std::string file, list, id, register_file;
  bool json = false;
  std::string page = "last";
  std::string at = "auto";
  SealTerms terms;
  IssuingOptions issuing;
  DocumentOptions document{"--"};
  CodePicture picture;

  void Declare(Command& command) {
    command.Option("FILE", &file, "A PDF; of any other file the code is written beside it");
    command.Option("--id", &id, "Identifier of the office, e.g. MA.156.1301");
    issuing.Declare(command);
    document.Declare(command);
    command.Option("--page", &page, "Page of the stamp: a number, or last");
    command.Option(
        "--at", &at,
        "auto (where it covers nothing), top-left, top-right, bottom-left, bottom-right, "
        "or X,Y in millimetres from the page's upper left corner");
    command.Option("--again", &terms.again, "Seal a file that is sealed already");
    command.Option("--dynamic", &terms.dynamic,
                   "Seal a PDF with scripts, automatic layers or outside content");
    command.Option("--after-signatures", &terms.after_signatures,
                   "Seal a PDF with digital signatures, though viewers then object to them");
    command.Option("--register", &register_file,
                   "CSV file of what was sealed; a row is added before the document is written");
    picture.DeclareLook(command);
    command.Required("-o,--output", &picture.output,
                     "The sealed PDF; for any other file the code, as .svg, .png, .pdf ...; with "
                     "--batch a directory");
    command.Option("--batch", &list,
                   "Seal the PDFs of this CSV file, whose header row names its columns: "
                   "docs/documents.md");
    command.Option("--json", &json, "With --batch, for programs: a line for each document");
  }

  Result<int> Run() const;
  Result<CodeClaims> Claims() const;
  Result<SealTerms> Terms() const;
  std::optional<std::vector<std::string>> Caption() const;
  Result<std::optional<Register>> OpenRegister() const;
  Result<void> CheckFiles() const;
  Result<int> SealBatch() const;
  Result<int> SealPdf(CodeClaims claims, const SecretKey& signer) const;
  Result<int> SealBeside(CodeClaims claims, const SecretKey& signer) const;
  Result<void> Keep(const CodeClaims& claims, std::optional<Register>& office,
                    ByteView content) const;
};

/// Returns what the code is to say, without serial and digest.
Result<CodeClaims> Seal::Claims() const {
  const auto subject = CityId::Parse(id);
  if (!subject) return Usage(subject.error().detail);
  auto of_document = document.Claims();
  if (!of_document) return of_document.error();
  if (!*of_document) return Usage("say what the document is: --type and --number");
  CodeClaims claims{*subject,     Purpose::kDocument,     {}, 0, Now(),
                    issuing.days, *std::move(of_document)};
  if (const auto checked = CheckClaims(claims); !checked) return checked.error();
  return claims;
}

/// Returns how a PDF is sealed. Errors: kUsage for options of other files.
Result<SealTerms> Seal::Terms() const {
  const CodePicture usual;
  if (picture.level != usual.level || picture.symbol != usual.symbol || picture.raw ||
      picture.scale != usual.scale || picture.color || !picture.format.empty())
    return Usage(
        "--level, --symbol, --raw, --scale, --color and --format are for files that are no PDF");
  SealTerms pdf = terms;
  const auto number = ParsePage(page);
  if (!number) return number.error();
  pdf.page = *number;
  const auto where = StampAt::Parse(at);
  if (!where) return where.error();
  pdf.at = *where;
  pdf.size_mm = picture.size;
  return pdf;
}

/// Returns what stands below the symbol; nothing if nobody said it.
std::optional<std::vector<std::string>> Seal::Caption() const {
  if (picture.caption.empty() && !picture.bare) return std::nullopt;
  std::vector<std::string> lines = picture.caption;
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  return lines;
}

/// Checks that no file is written over by accident, and that the output can be written.
Result<void> Seal::CheckFiles() const {
  if (file == "-") return Usage("the document must be a file");
  for (const std::string& input : {file, issuing.key, issuing.key + ".serial"}) {
    if (const auto other = CheckOtherFile("-o", picture.output, input); !other) return other;
    if (const auto other = CheckOtherFile("--register", register_file, input); !other) return other;
  }
  if (const auto other = CheckOtherFile("--register", register_file, picture.output); !other)
    return other;
  return CheckOutput(picture.output);
}

Result<std::optional<Register>> Seal::OpenRegister() const {
  if (register_file.empty()) return std::optional<Register>();
  auto office = Register::Open(register_file);
  if (!office) return office.error();
  return std::optional(*std::move(office));
}

/// Adds to the register, then writes the output. Whoever has the file has a serial that the
/// register knows. Errors: those of both, with the serial that is spent.
Result<void> Seal::Keep(const CodeClaims& claims, std::optional<Register>& office,
                        ByteView content) const {
  const std::string spent = "; serial " + std::to_string(claims.serial) + " is spent";
  if (office) {
    if (auto added = office->Add(claims, picture.output); !added)
      return Error{added.error().code, added.error().detail + "; nothing was written" + spent};
  }
  if (auto written = WriteOutput(picture.output, content); !written) {
    return Error{written.error().code, written.error().detail + spent +
                                           (office ? ", and the register has a row for it" : "")};
  }
  return {};
}

Result<int> Seal::SealPdf(CodeClaims claims, const SecretKey& signer) const {
  auto pdf = Terms();
  if (!pdf) return pdf.error();
  pdf->caption = Caption().value_or(CaptionOf(claims.subject, issuing.host));
  const auto whom = issuing.WhomToAsk();
  if (!whom) return whom.error();
  auto sealing = Sealing::Prepare(file, claims, issuing.host, *pdf);
  if (!sealing) return sealing.error();
  auto office = OpenRegister();
  if (!office) return office.error();
  claims.document->digest = sealing->digest();
  const auto made = issuing.Sign(claims, signer);
  if (!made) return made.error();
  const auto sealed = sealing->Finish(made->url);
  if (!sealed) return sealed.error();
  if (auto kept = Keep(claims, *office, *sealed); !kept) return kept.error();
  std::fprintf(picture.output == "-" ? stderr : stdout, "%s\n", made->url.c_str());
  std::fprintf(stderr, "stamped page %d, %.0f mm from its left edge and %.0f mm from its top\n",
               sealing->page(), sealing->place().x_mm, sealing->place().y_mm);
  const auto answer = AskAbout(*whom, made->url);
  if (!answer) return answer.error();
  WarnUnlessAccepted(*answer);
  return 0;
}

/// Writes the code of a file that is no PDF beside it.
Result<int> Seal::SealBeside(CodeClaims claims, const SecretKey& signer) const {
  if (page != "last" || at != "auto" || terms.again || terms.dynamic || terms.after_signatures)
    return Usage("--page, --at, --again, --dynamic and --after-signatures are for a PDF");
  auto drawing = picture.Open();
  if (!drawing) return drawing.error();
  const auto whom = issuing.WhomToAsk();
  if (!whom) return whom.error();
  const auto digest = DigestOfDocument(file);
  if (!digest) return digest.error();
  claims.document->digest = *digest;
  if (const auto drawable = drawing->Rehearse(claims, issuing.host); !drawable)
    return drawable.error();
  auto office = OpenRegister();
  if (!office) return office.error();
  const auto made = issuing.Sign(claims, signer);
  if (!made) return made.error();
  // The code is made even if nobody can be asked; then it has no names.
  const auto answer = AskAbout(*whom, made->url);
  const auto drawn =
      drawing->Draw(made->code, made->url, issuing.host, answer ? NamesIn(*answer) : NameList());
  if (!drawn) return drawn.error();
  if (auto kept = Keep(claims, *office, *drawn); !kept) return kept.error();
  std::fprintf(picture.output == "-" ? stderr : stdout, "%s\n", made->url.c_str());
  if (!answer) return answer.error();
  WarnUnlessAccepted(*answer);
  return 0;
}

/// Returns true if a file begins as a PDF. Errors: those of reading.
Result<bool> IsPdf(const std::string& file) {
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  Bytes begin(1024);
  const ssize_t got = opened ? ::read(opened.get(), begin.data(), begin.size()) : -1;
  if (got < 0) return SystemError("read", file);
  begin.resize(static_cast<std::size_t>(got));
  return KindOfFile(begin) == FileKind::kPdf;
}

/// Seals the documents of a list.
Result<int> Seal::SealBatch() const {
  if (!file.empty()) return Usage("give a document, or --batch LIST");
  const auto terms_of_all = Terms();
  if (!terms_of_all) return terms_of_all.error();
  auto said = document.Claims();
  if (!said) return said.error();
  const auto rows = ReadSealList(list, {id, said->value_or(DocumentClaims()), issuing.days,
                                        terms_of_all->page, terms_of_all->at});
  if (!rows) return rows.error();
  const auto signer = OpenKey(issuing.key, issuing.passphrase);
  if (!signer) return signer.error();
  if (auto made = CreateDirectories(picture.output); !made) return made.error();
  auto office = OpenRegister();
  if (!office) return office.error();
  BatchReport report(json, list);
  const std::stop_source stop;
  const StopOnSignal on_signal(stop);
  return SealList(
      {list, picture.output, issuing.key, issuing.host, &*signer, *terms_of_all, Caption()}, *rows,
      *office, report, stop.get_token());
}

Result<int> Seal::Run() const {
  if (!IsHostName(issuing.host)) return Usage("'" + issuing.host + "' is no host name");
  if (!list.empty()) return SealBatch();
  if (file.empty()) return Usage("give a document, or --batch LIST");
  if (id.empty()) return Usage("whose document is it? give --id");
  if (json) return Usage("--json is for --batch");
  if (const auto files = CheckFiles(); !files) return files.error();
  auto claims = Claims();
  if (!claims) return claims.error();
  const auto pdf = IsPdf(file);
  if (!pdf) return pdf.error();
  if (!*pdf && LowerCase(file).ends_with(".pdf")) {
    return Error{Errc::kRefused, file +
                                     " is called a PDF and doesn't begin as one; make it anew, "
                                     "or give it another name if it is something else"};
  }
  if (*pdf) {
    const std::string ending =
        LowerCase(std::filesystem::path(picture.output).extension().string());
    for (const std::string_view other : {".svg", ".png", ".txt", ".cose"})
      if (ending == other) return Usage("-o: what comes out is a PDF; let its name end in .pdf");
  }
  const auto signer = OpenKey(issuing.key, issuing.passphrase);
  if (!signer) return signer.error();
  claims->kid = HintOf(signer->public_key());
  return *pdf ? SealPdf(*std::move(claims), *signer) : SealBeside(*std::move(claims), *signer);
}

}  // namespace

void AddSeal(Command& document) {
  document.Add("seal", "Put a signed code into a PDF, or beside any other file", Seal());
}

}  // namespace cityid::cli
