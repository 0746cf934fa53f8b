// cityid-print: draws what needs fonts. Reads questions on standard input and writes answers to
// standard output (codec/drawing/drawing.h) until the input ends. The only program that links cairo
// and Pango. What it draws comes from ledgers that anybody may fill, so its memory is bounded here,
// and its time by cityid, which stops it at a deadline. It is no loss if it dies.
#include <glib.h>

#include "codec/drawing/drawing.h"
#include "codec/files/own_answers.h"
#include "codec/print/picture.h"

namespace {

using namespace cityid;  // NOLINT: this file is nothing but the program

Result<DrawnFile> Draw(ByteView message) {
  const auto drawing = ParseDrawing(message);
  if (!drawing) return drawing.error();
  return DrawPicture(*drawing);
}

Bytes Answer(ByteView message) {
  Bytes answer = WriteDrawn(Draw(message));
  if (answer.size() <= kMaxDrawnMessage) return answer;
  return WriteDrawn(Error{Errc::kUsage, "the file would be too large"});
}

/// What libraries want to say is about this machine's fonts, and stands in no answer.
GLogWriterOutput SayNothing(GLogLevelFlags, const GLogField*, gsize, gpointer) {
  return G_LOG_WRITER_HANDLED;
}

/// Bounds what a library may take if it goes wrong, and answers questions until there are none.
/// Returns the exit status.
int Serve() {
  LimitResource(RLIMIT_CORE, 0);
  if (!kSanitized) LimitResource(RLIMIT_AS, rlim_t{2} << 30);
  g_log_set_writer_func(SayNothing, nullptr, nullptr);
  return AnswerFrames(kMaxDrawingMessage, Answer);
}

}  // namespace

int main(int argc, char**) {
  return RunOwnProgram(argc, "cityid-print", "draws for cityid, which starts it: cityid code new",
                       Serve);
}
