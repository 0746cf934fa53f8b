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

/// Says on standard error what the seals of a file say of it. Returns the exit status: a code is no
/// better than the file that it stands in.
int SaySealed(const std::string& file, const FoundSeals& found) {
  std::fprintf(stderr, "%s\n",
               Printable(file + ": " + SealedFileText(found) + "; cityid document verify says more")
                   .c_str());
  return found.intact() ? 0 : kNo;
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
  if (!contents.seals.seals.empty()) status = Worse(status, SaySealed(file, contents.seals));
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
  for (const std::string& file : files) status = Worse(status, ScanFile(file, *judgement, pictures));
  return status;
}

}  // namespace

void AddScan(Command& top) { top.Add("scan", "Read codes from pictures and verify them", Scan()); }

}  // namespace cityid::cli
