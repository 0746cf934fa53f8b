// Claim: a head that passes has only CRLF line ends and no control characters but tabs.
#include <cstdlib>
#include <string_view>

#include "codec/bytes.h"
#include "resolver/message/head.h"
#include "resolver/words/language_priority.h"
#include "resolver/words/negotiate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view head = cityid::AsText(cityid::ByteView(data, size));
  (void)cityid::AcceptQuality(head, "text/html");
  (void)cityid::LanguagePriority("", head);
  if (cityid::CheckRequestHead(head)) return 0;
  const std::string_view checked = head.substr(0, head.find("\r\n\r\n") + 4);
  for (std::size_t i = 0; i < checked.size(); ++i) {
    const char c = checked[i];
    if (c == '\0') std::abort();
    if (c == '\n' && (i == 0 || checked[i - 1] != '\r')) std::abort();
    if (c == '\r' && (i + 1 == checked.size() || checked[i + 1] != '\n')) std::abort();
  }
  return 0;
}
