// Claims: how the bytes of a connection are cut makes no difference; a request has no larger body
// than its path takes; the reader always either asks for more, gives a request, or refuses.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "resolver/http/request_reader.h"

namespace {

constexpr std::size_t kBody = 100;

using Step = cityid::RequestReader::Step;

/// What a connection comes to that gets the bytes in pieces of this size.
std::vector<std::string> Run(const std::uint8_t* data, std::size_t size, std::size_t piece) {
  static const cityid::ListenerSettings settings;
  static const cityid::BodyTermsOf terms =
      [](const cityid::Request& head) -> std::optional<cityid::BodyTerms> {
    if (head.method == "PUT") return std::nullopt;
    if (head.path().starts_with("/full")) return cityid::BodyTerms{kBody, 503, "full"};
    return cityid::BodyTerms{head.path().starts_with("/b") ? kBody : std::size_t{0}};
  };
  cityid::RequestReader reader(settings, terms);
  std::vector<std::string> seen;
  while (true) {
    const Step step = reader.Read();
    if (step == Step::kRefused) {
      seen.push_back("refused " + std::to_string(reader.refused().status) + " " +
                     reader.refused().reason);
      return seen;
    }
    if (step == Step::kRequest) {
      const cityid::Request request = reader.request();
      if (request.body.size() > kBody) std::abort();
      if (request.target.empty() || request.target[0] != '/') std::abort();
      std::string line;
      for (const auto part : {request.method, request.target, request.body})
        line.append(part).append("\n");
      for (const auto& [name, value] : request.headers)
        line.append(name).append(":").append(value).append("\n");
      seen.push_back(std::move(line));
      reader.Next();
      continue;
    }
    if (size == 0) return seen;
    const auto room = reader.Room();
    if (room.size() == 0) std::abort();
    const std::size_t count = std::min({room.size(), size, piece});
    std::memcpy(room.data(), data, count);
    reader.Took(count);
    data += count;
    size -= count;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  if (Run(data + 1, size - 1, piece) != Run(data + 1, size - 1, size)) std::abort();
  return 0;
}
