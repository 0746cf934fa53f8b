#include "codec/stamp/pdf_stamper.h"

#include "codec/files/own_conversation.h"

namespace cityid {
namespace {

using Clock = OwnConversation::Clock;

constexpr const char* kProgram = "cityid-pdf";

/// Returns an answer, or the error that it is. What is no answer ends the program.
template <class Answer>
Result<Answer> Believe(OwnConversation& program, Result<Answer> answer) {
  if (answer || answer.error().code != Errc::kCorrupt) return answer;
  return program.End("gave no answer: " + answer.error().detail);
}

}  // namespace

struct PdfStamper::Process {
  /// Asks a question and returns the answer. Errors: kIo.
  Result<Bytes> Ask(const StampQuestion& question, std::chrono::milliseconds deadline) {
    const auto until = Clock::now() + deadline;
    if (const auto sent = program.SendFrame(WriteStampQuestion(question), until); !sent)
      return sent.error();
    return program.ReceiveFrame(kMaxStampAnswer, until);
  }

  OwnConversation program;
  std::uint64_t file_size = 0;
};

PdfStamper::PdfStamper(std::unique_ptr<Process> process) : process_(std::move(process)) {}
PdfStamper::PdfStamper(PdfStamper&&) noexcept = default;
PdfStamper& PdfStamper::operator=(PdfStamper&&) noexcept = default;
PdfStamper::~PdfStamper() = default;

pid_t PdfStamper::process() const { return process_->program.process(); }

Result<PdfStamper> PdfStamper::Open(ByteView file, std::chrono::milliseconds deadline) {
  const auto program = FindOwnProgram(kProgram);
  if (program) return Open(*program, file, deadline);
  if (program.error().code != Errc::kNotFound) return program.error();
  return Error{Errc::kNotFound, program.error().detail + ": it puts the stamp into a PDF"};
}

Result<PdfStamper> PdfStamper::Open(const std::filesystem::path& program, ByteView file,
                                    std::chrono::milliseconds deadline) {
  if (file.size() > kMaxPdf)
    return Error{Errc::kTooLarge, "a PDF of more than 1 GiB can't be sealed"};
  // Nothing of the environment is its business.
  auto started = OwnConversation::Start(program, Inherits::kNothing, kProgram);
  if (!started) return started.error();
  auto process = std::make_unique<Process>(Process{*std::move(started), file.size()});
  const auto until = Clock::now() + deadline;
  Bytes size;
  AppendBigEndian(size, file.size());
  for (const ByteView part : {ByteView(size), file}) {
    if (const auto sent = process->program.Send(part, until); !sent) return sent.error();
  }
  const auto answer = process->program.ReceiveFrame(kMaxStampAnswer, until);
  if (!answer) return answer.error();
  if (const auto opened = Believe(process->program, ParseOpened(*answer)); !opened)
    return opened.error();
  return PdfStamper(std::move(process));
}

Result<PdfLook> PdfStamper::Look(int page, std::chrono::milliseconds deadline) {
  const auto answer = process_->Ask(LookAsked{page}, deadline);
  if (!answer) return answer.error();
  return Believe(process_->program, ParseLook(*answer));
}

Result<Stamp> PdfStamper::MakeStamp(const StampAsked& stamp, std::chrono::milliseconds deadline) {
  if (const auto size = SizeOfStamp(stamp); !size) return size.error();
  const bool placed = stamp.x_mm >= 0 && stamp.y_mm >= 0;
  if (!placed) return Error{Errc::kUsage, "the stamp isn't within the page"};
  if (stamp.region == 0 || stamp.region > kMaxSealRegion)
    return Error{Errc::kUsage, "the code is too large for a seal"};
  const auto answer = process_->Ask(stamp, deadline);
  if (!answer) return answer.error();
  return Believe(process_->program, ParseStamp(*answer));
}

}  // namespace cityid
