#include "codec/stamp/pdf_stamper.h"

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

Result<PdfStamper> PdfStamper::Open(ByteView file, std::chrono::milliseconds deadline) {
  const auto program = FindOwnProgram(kProgram, ": it puts the stamp into a PDF");
  if (!program) return program.error();
  return Open(*program, file, deadline);
}

Result<PdfStamper> PdfStamper::Open(const std::filesystem::path& program, ByteView file,
                                    std::chrono::milliseconds deadline) {
  if (file.size() > kMaxPdf)
    return Error{Errc::kTooLarge, "a PDF of more than 1 GiB can't be sealed"};
  // Nothing of the environment is its business.
  auto started = OwnConversation::Start(program, Inherits::kNothing, kProgram);
  if (!started) return started.error();
  const auto until = Clock::now() + deadline;
  Bytes size;
  AppendBigEndian(size, file.size());
  for (const ByteView part : {ByteView(size), file}) {
    if (const auto sent = started->Send(part, until); !sent) return sent.error();
  }
  const auto answer = started->ReceiveFrame(kMaxStampAnswer, until);
  if (!answer) return answer.error();
  if (const auto opened = Believe(*started, ParseOpened(*answer)); !opened) return opened.error();
  return PdfStamper(*std::move(started));
}

Result<PdfLook> PdfStamper::Look(int page, std::chrono::milliseconds deadline) {
  const auto answer =
      program_.Ask(WriteStampQuestion(LookAsked{page}), kMaxStampAnswer, Clock::now() + deadline);
  if (!answer) return answer.error();
  return Believe(program_, ParseLook(*answer));
}

Result<Stamp> PdfStamper::MakeStamp(const StampAsked& stamp, std::chrono::milliseconds deadline) {
  if (const auto size = SizeOfStamp(stamp); !size) return size.error();
  const bool placed = stamp.x_mm >= 0 && stamp.y_mm >= 0;
  if (!placed) return Error{Errc::kUsage, "the stamp isn't within the page"};
  if (stamp.region == 0 || stamp.region > kMaxSealRegion)
    return Error{Errc::kUsage, "the code is too large for a seal"};
  const auto answer =
      program_.Ask(WriteStampQuestion(stamp), kMaxStampAnswer, Clock::now() + deadline);
  if (!answer) return answer.error();
  return Believe(program_, ParseStamp(*answer));
}

}  // namespace cityid
