// Claim: a release or a promise that parses has one spelling and stays within its limits; a file
// falls into notes that are all there.
#include <cstdlib>

#include "codec/bytes.h"
#include "ledger/cosigning/release.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = AsText(ByteView(data, size));
  if (const auto release = Release::Parse(text)) {
    if (release->text() != text || release->given_up.size() > kMaxGivenUp) std::abort();
    if (!IsReleaseNote(text)) std::abort();
  }
  if (const auto promise = Promise::Parse(text)) {
    if (promise->text() != text || promise->trees.size() > kMaxPromised) std::abort();
    for (const GivenUp& each : promise->trees)
      (void)CheckDead(each.tree, {{*promise, {"I1"}}}, Policy{});
  }
  std::size_t all = 0;
  const PolicyState policy;
  for (const std::string& note : SplitNotes(text)) {
    all += note.size();
    // Nobody has signed for a policy without institutes.
    if (OpenRelease(note, policy) || OpenPromise(note, policy)) std::abort();
  }
  if (all > text.size()) std::abort();
  return 0;
}
