// cityid document verify: whether a file is what an office sealed, and whose code it carries
// (docs/document-seal.md 2).
#include <cstdio>

#include "cli/checking/judgement.h"
#include "cli/checking/scanned.h"
#include "cli/checking/seal_text.h"
#include "cli/codes/document_claims.h"
#include "cli/console/exit_status.h"
#include "cli/console/streams.h"
#include "cli/documents/commands.h"
#include "codec/city_code.h"
#include "codec/files/file.h"
#include "codec/seal/seal.h"
#include "codec/sha256.h"
#include "resolver/answer/answer_json.h"

namespace cityid::cli {
namespace {

using JudgedCode = std::optional<Result<RenderedAnswer>>;

struct Verify {
  std::string file, code, extract, original, of;
  JudgementOptions judges;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "A sealed PDF, or with --code any file");
    judges.Declare(command);
    command.Option(
        "--code", &code,
        "The code that was made for this file: a picture, a PDF, a file with a code, or a "
        "URL");
    command.Option("--extract", &extract, "Write the sealed part of the file to this file");
    command.Option("--original", &original,
                   "Write the file as it was before it was sealed to this file");
    command.Option("--of", &of, "With --extract or --original: what this identifier sealed");
    command.Exclude("--extract", "--code");
    command.Exclude("--original", "--code");
  }

  Result<int> Run() const;
  Result<void> CheckOutputs() const;
  Result<int> VerifySeals(ByteView content, const FoundSeals& found,
                          const Judgement& judgement) const;
  Result<int> VerifyBeside(ByteView content, const Judgement& judgement) const;
  Result<const FoundSeal*> PartToWrite(const FoundSeals& found,
                                       const std::vector<JudgedCode>& judged) const;
  Result<void> WriteParts(ByteView content, const FoundSeals& found,
                          const std::vector<JudgedCode>& judged) const;
  void Print(const FoundSeal& seal, bool sealed_again, const JudgedCode& judged) const;
};

/// Returns the exit status of a code that was judged.
int StatusOf(const JudgedCode& judged) {
  if (!judged) return 0;
  return *judged ? Row((*judged)->verdict).exit_status : ExitStatus(judged->error().code);
}

Result<void> Verify::CheckOutputs() const {
  if (extract == "-" || original == "-")
    return Usage("--extract and --original write files; standard output has the answer");
  if (!extract.empty() && extract == original)
    return Usage("--extract and --original name the same file");
  if (const auto other = CheckOtherFile("--extract", extract, file); !other) return other;
  return CheckOtherFile("--original", original, file);
}

std::string SealJson(const std::string& file, FoundSeal seal, bool sealed_again,
                     const JudgedCode& judged) {
  std::string out;
  JsonText json(out);
  seal.sealed_again = sealed_again;
  json.BeginObject();
  PutSeal(json, seal);
  if (judged && *judged) json.Name("answer").Raw((*judged)->json);
  if (judged && !*judged) json.Member("error", judged->error().detail);
  json.Member("file", file).EndObject();
  return out + "\n";
}

/// Prints what a seal says of the file, then what its code says; errors go to standard error.
void Verify::Print(const FoundSeal& seal, bool sealed_again, const JudgedCode& judged) const {
  if (judged && !*judged) SayError(judged->error());
  if (judges.asked.json) {
    std::fputs(SealJson(file, seal, sealed_again, judged).c_str(), stdout);
    return;
  }
  const bool vouched = !judged || !*judged || (*judged)->verdict == Verdict::kValid;
  std::printf("%s%s\n", SealStateText(seal, sealed_again).c_str(),
              vouched || seal.state != SealState::kUnchanged
                  ? ""
                  : ", but nobody vouches for it: its code is not valid");
  if (!judged || !*judged) return;
  if (seal.state != SealState::kUnchanged && !sealed_again)
    std::printf("its code, which alone says nothing of this file:\n");
  PrintAnswer(**judged, false);
}

Result<int> Verify::VerifySeals(ByteView content, const FoundSeals& found,
                                const Judgement& judgement) const {
  std::vector<JudgedCode> judged;
  for (const FoundSeal& seal : found.seals) {
    JudgedCode& code_judged = judged.emplace_back();
    if (!seal.url.empty()) code_judged = judgement.judge(ToBytes(AsBytes(seal.url)));
  }
  const int last = StatusOf(judged.back());
  int status = 0;
  for (std::size_t i = 0; i < found.seals.size(); ++i) {
    const FoundSeal& seal = found.seals[i];
    const bool sealed_again = seal.sealed_again && last == 0;
    Print(seal, sealed_again, judged[i]);
    status = Worse(status, StatusOf(judged[i]));
    // If the later seal could not be judged, nobody knows yet.
    if (seal.state != SealState::kUnchanged && !sealed_again)
      status = Worse(status, seal.sealed_again && last == kCouldNot ? kCouldNot : kNo);
  }
  if (found.more) {
    status = Worse(status, SayError(Error{Errc::kTooLarge,
                                          file + ": only the first " + std::to_string(kMaxSeals) +
                                              " seals were looked at; nobody seals so often"}));
  }
  if (const auto written = WriteParts(content, found, judged); !written) return written.error();
  return status;
}

/// Returns the last intact seal whose code is valid: anybody can add one that isn't. Errors:
/// kRefused if there is none, or if several identifiers have one and --of names none of them.
Result<const FoundSeal*> Verify::PartToWrite(const FoundSeals& found,
                                             const std::vector<JudgedCode>& judged) const {
  const auto refused = [&](const std::string& why) {
    return Error{Errc::kRefused, file + ": nothing was written: " + why};
  };
  const FoundSeal* part = nullptr;
  for (std::size_t i = 0; i < found.seals.size(); ++i) {
    const FoundSeal& seal = found.seals[i];
    const bool valid = judged[i] && *judged[i] && (*judged[i])->verdict == Verdict::kValid;
    if (!valid || seal.state == SealState::kChanged) continue;
    const std::string& id = seal.subject->text();
    if (!of.empty() && id != of) continue;
    if (part != nullptr && part->subject != seal.subject)
      return refused(part->subject->text() + " and " + id + " sealed it; say with --of whose part");
    part = &seal;
  }
  if (part == nullptr)
    return refused("there is no intact part under a valid code" + (of.empty() ? "" : " of " + of));
  return part;
}

/// Writes what --extract and --original ask for. Errors: those of `PartToWrite` and of writing.
Result<void> Verify::WriteParts(ByteView content, const FoundSeals& found,
                                const std::vector<JudgedCode>& judged) const {
  if (extract.empty() && original.empty()) return {};
  const auto part = PartToWrite(found, judged);
  if (!part) return part.error();
  const SealPlace& place = (*part)->place;
  const auto write = [&](const std::string& output, std::uint64_t size) -> Result<void> {
    if (output.empty()) return {};
    if (const auto written = WriteOutput(output, content.first(size)); !written) return written;
    SayWritten(output);
    return {};
  };
  if (const auto written = write(extract, place.end()); !written) return written;
  return write(original, place.original);
}

/// Finds the one code in what --code names. Errors: those of reading; kNotFound unless there is one
/// that says something of a file.
Result<Bytes> CodeWithDigest(const std::string& input, Sha256Hash& digest) {
  PictureSource pictures;
  auto contents = ContentsOf(input, pictures);
  if (!contents) return contents.error();
  for (const std::string& line : contents->incomplete)
    SayError(Error{Errc::kNotFound, input + ": " + line});
  if (contents->items.empty()) return Error{Errc::kNotFound, NoSymbol(input, *contents)};
  std::erase_if(contents->items, [](const ScannedItem& item) { return !IsToBeJudged(item, {}); });
  if (contents->items.empty()) return Error{Errc::kNotFound, NoCityCode(input)};
  if (contents->items.size() > 1)
    return Error{Errc::kNotFound, input + " has several codes; give a picture of one"};
  Bytes& content = contents->items[0].content;
  const auto scanned = ParseScanned(content);
  if (!scanned) return content;  // its verdict says so
  const auto& document = scanned->code.claims.document;
  if (!document || !document->digest)
    return Error{Errc::kNotFound, input + ": this code says nothing of any file's bytes"};
  digest = *document->digest;
  return std::move(content);
}

/// Compares a file with a code that is kept beside it.
Result<int> Verify::VerifyBeside(ByteView content, const Judgement& judgement) const {
  Sha256Hash digest;
  const auto found = CodeWithDigest(code, digest);
  if (!found) return SayError(found.error()), kCouldNot;
  FoundSeal seal;
  // A sealed file without its region has the digest of its seal, and is another file.
  const bool sealed = !FindSeals(content).seals.empty();
  seal.state = !sealed && Sha256(content) == digest ? SealState::kUnchanged : SealState::kChanged;
  if (seal.state == SealState::kChanged)
    seal.why = sealed ? "it has a seal of its own, or had one; leave out --code"
                      : "its bytes are not those that the code was made for";
  const JudgedCode judged = judgement.judge(*found);
  Print(seal, false, judged);
  return Worse(StatusOf(judged), seal.state == SealState::kUnchanged ? 0 : kNo);
}

Result<int> Verify::Run() const {
  if (const auto outputs = CheckOutputs(); !outputs) return outputs.error();
  const auto judgement = judges.Open();
  if (!judgement) return judgement.error();
  const auto content = ReadInput(file, kMaxDocument);
  if (!content) return content.error();
  if (!code.empty()) return VerifyBeside(*content, *judgement);
  const FoundSeals found = FindSeals(*content);
  if (found.seals.empty()) {
    SayError(Error{Errc::kNotFound,
                   file +
                       " has no seal; of a printout or a photo, cityid scan judges the code, and "
                       "only you can compare what is on the paper; a code that was kept beside a "
                       "file goes to --code"});
    return kCouldNot;
  }
  return VerifySeals(*content, found, *judgement);
}

}  // namespace

void AddVerify(Command& document) {
  document.Add("verify", "Say whether a file is what was sealed, and judge its code", Verify());
}

}  // namespace cityid::cli
