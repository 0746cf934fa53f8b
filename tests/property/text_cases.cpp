// Prints random texts and what CheckRecordText says of them, for tests/independent/text_rules.py.
// A line: "name" or "words", 1 if it is taken, the code points in hexadecimal.
#include <cstdio>

#include "codec/record_text.h"
#include "tests/property/random_text.h"

using namespace cityid;  // NOLINT: a program of the tests

int main() {
  testing::RandomText random;
  for (int round = 0; round < 60'000; ++round) {
    const std::vector<char32_t> points = random.Points();
    const std::string text = testing::RandomText::Text(points);
    for (const TextKind kind : {TextKind::kName, TextKind::kWords}) {
      std::printf("%s %d", kind == TextKind::kName ? "name" : "words",
                  CheckRecordText(text, kind).ok());
      for (const char32_t c : points) std::printf(" %X", static_cast<unsigned>(c));
      std::printf("\n");
    }
  }
}
