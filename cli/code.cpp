// cityid code new | batch | inspect
#include <cstdio>

#include "cli/batch/code_batch.h"
#include "cli/checking/answer_text.h"
#include "cli/checking/scanned.h"
#include "cli/codes/code_picture.h"
#include "cli/codes/document_claims.h"
#include "cli/codes/issuing.h"
#include "cli/commands.h"
#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/key_files.h"
#include "cli/console/remote_json.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "codec/city_code.h"
#include "resolver/answer/answer_json.h"

namespace cityid::cli {
namespace {

void PrintClaims(const ScannedCode& scanned) {
  std::printf("subject   %s\n", scanned.code.claims.subject.text().c_str());
  if (scanned.host) std::printf("host      %s\n", scanned.host->c_str());
  const RemoteJson claims = RemoteJson::Parse(ClaimsJson(scanned));
  std::printf("%s", FactLines(claims, "", 10, true).c_str());
}

struct CodeNew {
  std::string id;
  std::string purpose = "city";
  IssuingOptions issuing;
  CodePicture picture;
  DocumentOptions document{"--document-"};

  void Declare(Command& command) {
    command.Argument("ID", &id, "Identifier, e.g. MA.156.1301");
    issuing.Declare(command);
    command.Option("--purpose", &purpose, "city, unit, device or document");
    picture.Declare(command);
    document.Declare(command);
    document.DeclareFile(command);
  }

  Result<int> Run() const;
  Result<CodeClaims> Claims(std::chrono::sys_seconds now) const;
};

/// Returns what the code is to say, without the key's hint and the serial.
Result<CodeClaims> CodeNew::Claims(std::chrono::sys_seconds now) const {
  const auto subject = CityId::Parse(id);
  if (!subject) return Usage(subject.error().detail);
  const auto known = PurposeFromName(purpose);
  if (!known) return Usage("--purpose is one of city, unit, device, document");
  auto of_document = document.Claims();
  if (!of_document) return of_document.error();
  CodeClaims claims{*subject, *known, {}, 0, now, issuing.days, *std::move(of_document)};
  if (const auto checked = CheckClaims(claims); !checked) return checked.error();
  return claims;
}

Result<int> CodeNew::Run() const {
  auto drawing = picture.Open();
  if (!drawing) return drawing.error();
  const std::string& host = issuing.host;
  if (!IsHostName(host)) return Usage("'" + host + "' is no host name");
  auto claims = Claims(Now());
  if (!claims) return claims.error();
  const auto whom = issuing.WhomToAsk();
  if (!whom) return whom.error();
  const auto opened = OpenKey(issuing.key, issuing.passphrase);
  if (!opened) return opened.error();
  claims->kid = HintOf(opened->public_key());
  if (const auto drawable = drawing->Rehearse(*claims, host); !drawable) return drawable.error();
  const auto made = issuing.Sign(*claims, *opened);
  if (!made) return made.error();
  // The code is made even if nobody can be asked; then it has no names.
  const auto answer = AskAbout(*whom, made->url);
  const auto drawn =
      drawing->Draw(made->code, made->url, host, answer ? NamesIn(*answer) : NameList());
  if (!drawn) return drawn.error();
  if (const auto written = WriteOutput(picture.output, *drawn); !written) return written.error();
  std::fprintf(picture.output == "-" ? stderr : stdout, "%s\n", made->url.c_str());
  if (!answer) {
    if (drawing->ShowsNames()) Say(picture.output + " has no names below its code");
    return answer.error();
  }
  WarnUnlessAccepted(*answer);
  return 0;
}

struct CodeInspect {
  std::string input;
  bool raw = false;
  bool json = false;

  void Declare(Command& command) {
    command.Argument("TEXT|FILE", &input, "A URL, a picture, a PDF, or a file with a code");
    command.Option("--raw", &raw, "Print the content of any symbol as it is");
    command.Option("--json", &json, "For programs");
  }

  Result<int> Run() const;
  void PrintRaw(const ScannedContents& contents) const;
  int PrintCodes(const ScannedContents& contents) const;
};

void CodeInspect::PrintRaw(const ScannedContents& contents) const {
  for (const ScannedItem& item : contents.items) {
    std::fwrite(item.content.data(), 1, item.content.size(), stdout);
    std::printf("\n");
  }
}

/// Prints what each code claims, and what else there is. Returns 1 if a code can't be understood,
/// and 3 if there is none.
int CodeInspect::PrintCodes(const ScannedContents& contents) const {
  bool any = false;
  bool wrong = false;
  for (const ScannedItem& item : contents.items) {
    if (!IsToBeJudged(item, {})) {
      std::fputs(json ? ForeignJson(input, item).c_str() : (ForeignText(item) + "\n").c_str(),
                 stdout);
      continue;
    }
    any = true;
    const auto scanned = ParseScanned(item.content);
    if (!scanned) {
      wrong = true;
      const bool unsupported = scanned.error().code == Errc::kUnsupported;
      SayError(scanned.error().In(unsupported ? "unsupported" : "malformed"));
    } else if (json) {
      std::printf("%s\n", ClaimsJson(*scanned).c_str());
    } else {
      PrintClaims(*scanned);
    }
  }
  if (json) std::fputs(IncompleteJson(input, contents).c_str(), stdout);
  if (!any && !contents.items.empty()) Say("cityid: " + Printable(NoCityCode(input)));
  if (any && !wrong) Say("nothing was verified; use: cityid scan");
  return wrong ? kNo : any ? 0 : kCouldNot;
}

Result<int> CodeInspect::Run() const {
  PictureSource pictures;
  const auto contents = ContentsOf(input, pictures);
  if (!contents) {
    SayError(contents.error());
    return kCouldNot;
  }
  int status = contents->items.empty() ? kCouldNot : 0;
  if (raw) {
    PrintRaw(*contents);
  } else {
    status = PrintCodes(*contents);
  }
  for (const std::string& line : contents->incomplete)
    Say("cityid: " + Printable(input + ": " + line));
  if (!contents->incomplete.empty() && status == 0) status = kCouldNot;
  if (contents->items.empty() && contents->incomplete.empty())
    Say("cityid: " + Printable(NoSymbol(input, *contents)));
  return status;
}

}  // namespace

void AddCode(Command& top) {
  Command code = top.Group("code", "Make and look at signed codes");
  code.Add("new", "Sign a code and draw it; prints its URL", CodeNew());
  AddCodeBatch(code);
  code.Add("inspect", "Say what a code claims; verifies nothing", CodeInspect());
}

}  // namespace cityid::cli
