// cityid-pdf: puts stamps on pages of a PDF. Reads the file and questions on standard input and
// writes answers to standard output (codec/stamp/stamp.h) until the input ends. The only program
// that links qpdf. A PDF may come from anybody, so its memory and its time are bounded here, and
// cityid stops it at a deadline. It is no loss if it dies.
#include "codec/files/own_answers.h"
#include "codec/pdf/stamper.h"

namespace {

using namespace cityid;  // NOLINT: this file is nothing but the program

/// Bounds what a library may take if it goes wrong with a file of that size.
void LimitItself(std::uint64_t file) {
  LimitResource(RLIMIT_CORE, 0);
  LimitResource(RLIMIT_FSIZE, 0);
  LimitResource(RLIMIT_CPU, 600);
  if (!kSanitized) LimitResource(RLIMIT_AS, (rlim_t{3} << 30) + 2 * file);
}

/// Takes the file and answers questions until there are none. Returns the exit status.
int Serve() {
  Bytes head(8);
  if (ReadFully(head) < head.size() || ReadBigEndian(head) > kMaxPdf) return kBadInput;
  LimitItself(ReadBigEndian(head));
  Bytes file(static_cast<std::size_t>(ReadBigEndian(head)));
  if (ReadFully(file) < file.size()) return kBadInput;
  const auto stamper = Stamper::Open(file);
  const Result<void> opened = stamper ? Result<void>() : Result<void>(stamper.error());
  if (!SendFrame(WriteOpened(opened))) return kFailed;
  if (!stamper) return 0;
  return AnswerFrames(kMaxStampQuestion,
                      [&](ByteView question) { return stamper->Answer(question); });
}

}  // namespace

int main(int argc, char**) {
  return RunOwnProgram(argc, "cityid-pdf",
                       "stamps PDFs for cityid, which starts it: cityid document seal", Serve);
}
