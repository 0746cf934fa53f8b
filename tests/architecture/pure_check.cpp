// The pure core as a device would link it: libsodium alone, no exceptions, no run-time types.
// Checks a proof and prints the answer's JSON. Usage: pure_check PROOF TRUST SECONDS [QUERY]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "resolver/answer/answer_json.h"
#include "resolver/answer/check.h"

namespace {

bool Read(const char* path, std::string& out) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return false;
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;)
    out.append(buffer, got);
  std::fclose(file);
  return true;
}

int Fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  return 3;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cityid;
  std::string document;
  std::string trust_text;
  if (argc < 4 || !Read(argv[1], document) || !Read(argv[2], trust_text))
    return Fail("usage: pure_check PROOF TRUST SECONDS [QUERY]");
  const auto trust = Trust::Parse(trust_text);
  if (!trust) return Fail(trust.error().detail);
  const std::chrono::sys_seconds now{std::chrono::seconds(std::atoll(argv[3]))};
  std::optional<Query> query;
  if (argc > 4) query = Query::Text(argv[4]);
  const auto checked = CheckAnswer(AsBytes(document), query, *trust, AgeLimits{}, now);
  if (!checked) return Fail(checked.error().detail);
  std::printf("%s\n", AnswerJson(checked->answer).c_str());
  return Row(checked->answer.verdict).exit_status;
}
