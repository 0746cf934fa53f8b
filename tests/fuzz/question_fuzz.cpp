// Claim: whatever is posted as questions, or pasted, is a bounded list, a code or an error. The
// first byte says as what type it is read.
#include <array>
#include <cstdlib>

#include "resolver/routing/pasted.h"
#include "resolver/routing/questions.h"

using namespace cityid;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<const char*, 7> kTypes = {"application/json",
                                                 "application/cbor",
                                                 "application/cose",
                                                 "text/plain; charset=utf-8",
                                                 "application/x-www-form-urlencoded",
                                                 "application/json; charset=utf-8",
                                                 "image/png"};
  if (size == 0) return 0;
  const char* type = kTypes[data[0] % kTypes.size()];
  const std::string_view body = AsText(ByteView(data + 1, size - 1));
  if (const auto questions = ReadQuestions(type, body)) {
    if (questions->empty() || questions->size() > kMostQuestions) std::abort();
    std::size_t all = 0;
    for (const Question& question : *questions) {
      (void)QueryOf(question);
      all += question.size();
    }
    if (all > body.size()) std::abort();
  }
  if (const auto code = ReadCode(type, body)) {
    (void)QueryOf(*code);
    if (code->size() > body.size()) std::abort();
  }
  if (WithoutSurroundings(body).size() > body.size()) std::abort();
  return 0;
}
