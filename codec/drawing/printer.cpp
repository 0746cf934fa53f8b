#include "codec/drawing/printer.h"

#include "codec/files/own_conversation.h"

namespace cityid {
namespace {

constexpr const char* kProgram = "cityid-print";

}  // namespace

struct Printer::Process {
  OwnConversation program;
};

Printer::Printer(std::unique_ptr<Process> process) : process_(std::move(process)) {}
Printer::Printer(Printer&&) noexcept = default;
Printer& Printer::operator=(Printer&&) noexcept = default;
Printer::~Printer() = default;

pid_t Printer::process() const { return process_->program.process(); }

Result<Printer> Printer::Start() {
  const auto program = FindOwnProgram(kProgram);
  if (program) return Start(*program);
  if (program.error().code != Errc::kNotFound) return program.error();
  return Error{Errc::kNotFound,
               program.error().detail +
                   ": it draws captions, PDF, Data Matrix and Aztec; --bare draws a QR code as SVG "
                   "or PNG without it"};
}

Result<Printer> Printer::Start(const std::filesystem::path& program) {
  // Where the fonts are says the environment.
  auto started = OwnConversation::Start(program, Inherits::kEnvironment, kProgram);
  if (!started) return started.error();
  return Printer(std::make_unique<Process>(Process{*std::move(started)}));
}

Result<DrawnFile> Printer::Draw(const Drawing& drawing, std::chrono::milliseconds deadline) {
  OwnConversation& program = process_->program;
  const auto until = OwnConversation::Clock::now() + deadline;
  if (const auto sent = program.SendFrame(WriteDrawing(drawing), until); !sent) return sent.error();
  const auto answer = program.ReceiveFrame(kMaxDrawnMessage, until);
  if (!answer) return answer.error();
  auto drawn = ParseDrawn(*answer, drawing.caption.size());
  if (!drawn && drawn.error().code != Errc::kUsage)
    return program.End("gave no answer: " + drawn.error().detail);
  return drawn;
}

}  // namespace cityid
