#include "codec/drawing/printer.h"

namespace cityid {
namespace {

constexpr const char* kProgram = "cityid-print";

}  // namespace

Result<Printer> Printer::Start() {
  const auto program = FindOwnProgram(kProgram,
                                      ": it draws captions, PDF, Data Matrix and Aztec; --bare "
                                      "draws a QR code as SVG or PNG without "
                                      "it");
  if (!program) return program.error();
  return Start(*program);
}

Result<Printer> Printer::Start(const std::filesystem::path& program) {
  // Where the fonts are says the environment.
  auto started = OwnConversation::Start(program, Inherits::kEnvironment, kProgram);
  if (!started) return started.error();
  return Printer(*std::move(started));
}

Result<DrawnFile> Printer::Draw(const Drawing& drawing, std::chrono::milliseconds deadline) {
  const auto until = OwnConversation::Clock::now() + deadline;
  const auto answer = program_.Ask(WriteDrawing(drawing), kMaxDrawnMessage, until);
  if (!answer) return answer.error();
  auto drawn = ParseDrawn(*answer, drawing.caption.size());
  if (!drawn && drawn.error().code != Errc::kUsage)
    return program_.End("gave no answer: " + drawn.error().detail);
  return drawn;
}

}  // namespace cityid
