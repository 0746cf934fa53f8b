// cityid scan: images in, verdicts out.
#include <algorithm>
#include <cstdio>

#include "cli/checking/commands.h"
#include "cli/checking/judgement.h"
#include "cli/checking/scanned.h"
#include "cli/checking/seal_text.h"
#include "cli/console/exit_status.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "codec/city_code.h"
#include "codec/text.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

struct Scan {
  std::vector<std::string> files;
  JudgementOptions judges;

  void Declare(Command& command) {
    command.Argument("FILE", &files, "Pictures, PDFs, files with a code, or URLs");
    judges.Declare(command);
  }

  Result<int> Run() const;
  int ScanFile(const std::string& file, const Judgement& judgement, PictureSource& pictures) const;
  int ScanContents(const std::string& file, const ScannedContents& contents,
                   const Judgement& judgement) const;
  int Print(const std::string& file, bool with_name, const RenderedAnswer& answer) const;
};

/// Returns true for a web address, which is foreign only if its host isn't one of the policy's.
bool IsWebAddress(const ScannedItem& item) {
  const std::string start = LowerCase(AsText(item.content).substr(0, 8));
  return start.starts_with("http://") || start == "https://";
}

void SayOfDocument(const std::string& file, const std::string& what) {
  Say(Printable(file + ": " + what + "; cityid document verify says more"));
}

/// Returns true for a code that is shown on a page, is about some file's bytes, and is none of the
/// seals' of this file.
bool IsOfAnotherFile(const ScannedItem& item, const FoundSeals& seals) {
  if (item.page == 0) return false;
  const auto scanned = ParseScanned(item.content);
  if (!scanned || !scanned->code.claims.document || !scanned->code.claims.document->digest)
    return false;
  return std::ranges::find(seals.seals, AsText(item.content), &FoundSeal::url) == seals.seals.end();
}

/// Says on standard error what the seals of a document say of it. Returns the exit status: a code
/// is no better than the file that it stands in, and a seal no better than its code.
int SaySealed(const std::string& file, const ScannedContents& contents,
              const Judgement& judgement) {
  const FoundSeals& found = contents.seals;
  const bool other = std::ranges::any_of(
      contents.items, [&](const ScannedItem& item) { return IsOfAnotherFile(item, found); });
  if (found.seals.empty()) {
    if (other) {
      SayOfDocument(file, "a code on it belongs to another file, which is compared with --code");
    }
    return 0;
  }
  int status = found.intact() && !other ? 0 : kNo;
  std::string what = SealedFileText(found);
  for (const FoundSeal& seal : found.seals) {
    const auto answer = judgement.judge(ToBytes(AsBytes(seal.url)));
    const int judged = answer ? Row(answer->verdict).exit_status : ExitStatus(answer.error().code);
    if (judged != 0 && found.intact()) what = "the file has a seal whose code is not valid";
    status = Worse(status, judged);
  }
  if (other && status == kNo && found.intact()) what = "a code on it is not the code of its seal";
  SayOfDocument(file, what);
  return status;
}

/// Prints an answer, and returns its exit status.
int Scan::Print(const std::string& file, bool with_name, const RenderedAnswer& answer) const {
  RenderedAnswer printed = answer;
  if (judges.asked.json) {
    printed.json.pop_back();  // the object is closed again below
    JsonText(printed.json).Member("file", file).EndObject();
  } else if (with_name) {
    std::printf("%s\n", file.c_str());
  }
  return PrintAnswer(printed, judges.asked.json);
}

/// Judges every code in what was read, prints all of it, and returns the exit status.
int Scan::ScanContents(const std::string& file, const ScannedContents& contents,
                       const Judgement& judgement) const {
  Result<std::vector<std::string>> hosts = std::vector<std::string>();
  if (std::ranges::any_of(contents.items, [](const ScannedItem& item) {
        return !IsToBeJudged(item, {}) && IsWebAddress(item);
      }))
    hosts = judgement.hosts();
  // Without the hosts nobody can tell whether such an address is a stranger's.
  if (!hosts) SayError(hosts.error().In(file + ": whose web address there is can't be told"));
  const bool with_name = files.size() > 1 || contents.items.size() > 1;
  int status = contents.incomplete.empty() && hosts ? 0 : kCouldNot;
  status = Worse(status, SaySealed(file, contents, judgement));
  bool judged = false;
  for (const ScannedItem& item : contents.items) {
    if (!IsToBeJudged(item, hosts ? *hosts : std::vector<std::string>())) {
      const std::string line =
          judges.asked.json ? ForeignJson(file, item) : ForeignText(item) + "\n";
      if (!judges.asked.json && with_name) std::printf("%s\n", file.c_str());
      std::fwrite(line.data(), 1, line.size(), stdout);
      continue;
    }
    judged = true;
    const auto answer = judgement.judge(item.content);
    status = Worse(status, answer ? Print(file, with_name, *answer) : SayError(answer.error()));
  }
  if (judges.asked.json) std::fputs(IncompleteJson(file, contents).c_str(), stdout);
  for (const std::string& line : contents.incomplete)
    SayError(Error{Errc::kNotFound, file + ": " + line});
  if (judged) return status;
  if (contents.items.empty() && contents.incomplete.empty())
    SayError(Error{Errc::kNotFound, NoSymbol(file, contents)});
  if (!contents.items.empty()) SayError(Error{Errc::kNotFound, NoCityCode(file)});
  return kCouldNot;
}

/// Scans one input, and returns the exit status. What can't be read is not judged: status 3.
int Scan::ScanFile(const std::string& file, const Judgement& judgement,
                   PictureSource& pictures) const {
  const auto contents = ContentsOf(file, pictures);
  if (contents) return ScanContents(file, *contents, judgement);
  SayError(contents.error());
  return kCouldNot;
}

Result<int> Scan::Run() const {
  const auto judgement = judges.Open();
  if (!judgement) return judgement.error();
  PictureSource pictures;
  int status = 0;
  for (const std::string& file : files)
    status = Worse(status, ScanFile(file, *judgement, pictures));
  return status;
}

}  // namespace

void AddScan(Command& top) { top.Add("scan", "Read codes from pictures and verify them", Scan()); }

}  // namespace cityid::cli
