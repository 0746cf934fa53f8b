// Claim: a note that parses has one spelling and stays within its limits, and so does a trust
// file's text once it was written.
#include <cstdlib>

#include "ledger/proof/trust.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = AsText(ByteView(data, size));
  if (const auto note = ParseNote(input)) {
    if (WriteNote(*note) != input || note->signatures.size() > kMaxNoteLines) std::abort();
    // What can be read as a whole can be read line by line.
    const std::string_view lines = input.substr(note->text.size() + 1);
    if (ReadableLines(lines) != note->signatures) std::abort();
  }
  if (ReadableLines(input).size() > kMaxNoteLines) std::abort();
  if (const auto trust = Trust::Parse(input)) {
    const auto again = Trust::Parse(trust->text());
    if (!again || !(*again == *trust) || again->text() != trust->text()) std::abort();
  }
  return 0;
}
