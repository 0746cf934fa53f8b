// cityid demo: from nothing to a scanned, verified city.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>

#include "cli/checking/answer_text.h"
#include "cli/checking/scanned.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/demo/demo_ledger.h"
#include "cli/demo/story.h"
#include "cli/serving/listen.h"
#include "cli/terminal.h"
#include "codec/symbol/qr.h"
#include "resolver/answer/resolve.h"
#include "resolver/show/represent.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

/// The first IPv4 address of this machine that others on its network can reach.
std::string OwnAddress() {
  std::string address;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return address;
  for (const ifaddrs* i = list; i != nullptr && address.empty(); i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET ||
        (i->ifa_flags & IFF_LOOPBACK) != 0)
      continue;
    char text[INET_ADDRSTRLEN];
    const auto* in = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
    if (::inet_ntop(AF_INET, &in->sin_addr, text, sizeof text) != nullptr) address = text;
  }
  ::freeifaddrs(list);
  return address;
}

Result<Answer> Ask(const Replica& replica, const Query& query) {
  const auto view = replica.Read();
  if (!view) return view.error();
  return Resolve(query, *view, view->head(), AgeLimits{}, Now());
}

/// `path` with one digit changed so that it is forged, not malformed: the last one for which the
/// resolver itself says so.
Result<std::string> Tamper(const Replica& replica, const std::string& path) {
  const std::size_t slash = path.find('/');
  for (std::size_t i = path.size(); i-- > slash + 1;) {
    std::string changed = path;
    changed[i] = path[i] == '9' ? '8' : static_cast<char>(path[i] + 1);
    const auto answer =
        Ask(replica, Query::Path(changed.substr(0, slash), changed.substr(slash + 1)));
    if (!answer) return answer.error();
    if (answer->verdict == Verdict::kForged) return changed;
  }
  return Error{Errc::kCorrupt, "no change of a digit is noticed"};
}

/// A word for a shell: quoted unless it is plain.
std::string Quoted(const std::string& word) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/._-+:,@=").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void PrintSymbol(const QrSymbol& symbol) {
  std::printf("%s", DrawText(symbol, OutputIsTerminal()).c_str());
}

/// For a phone on the same network: not a code that anybody should print.
Result<void> PrintForPhone(const std::string& path, std::uint16_t port) {
  const std::string address = OwnAddress();
  if (address.empty()) return {};
  const std::string url = "http://" + address + ":" + std::to_string(port) + "/" + path;
  const auto symbol = EncodeQr({{QrMode::kByte, url}}, QrLevel::kLow);
  if (!symbol) return symbol.error();
  std::printf("\nDemonstration, same network: scan this with a phone to open the page.\n\n");
  PrintSymbol(*symbol);
  return {};
}

}  // namespace

Result<int> Demo(const DemoOptions& options) {
  const auto listen = ParseListen(options.listen);
  if (!listen) return listen.error();
  if (!IsHostName(options.host))
    return Error{Errc::kUsage, "'" + options.host + "' is no host name"};
  auto demo = BuildDemo(options.dir, options.host, Now());
  if (!demo) return demo.error();
  Replica& replica = demo->replica;
  const auto registry =
      Registry::Open(fs::path(options.dir) / "ledger" / "inbox", replica, demo->publish);
  if (!registry) return registry.error();
  const auto told = TellStory(options.dir, *demo, **registry, Now());
  if (!told) return told.error();
  std::printf(
      "A consortium of three institutes (two must sign) has assigned identifiers to %zu cities.\n"
      "The keys in %s are not encrypted: for demonstration only.\n\n"
      "Shijiazhuang applied, two institutes approved; it registered its traffic department and a\n"
      "partner, published an endpoint, rotated its code key and revoked a code (revoked.png):\n\n",
      demo->cities.size(), (fs::path(options.dir) / "keys").c_str());
  const auto logged = PrintLog(replica, Prefix(*CityId::Parse(kStoryCity)), false);
  if (!logged) return logged.error();
  std::printf("\n");

  // What a stranger would do: take the picture, read it, ask.
  const fs::path png = fs::path(options.dir) / "codes" / (std::string(kStoryCity) + ".png");
  const auto contents = ContentsOf(png);
  if (!contents) return contents.error();
  if (contents->size() != 1) return NoSymbol(png);
  const std::string url(AsText(contents->front()));
  const auto symbol = EncodeQr(CodeUrlSegments(url), QrLevel::kMedium);
  if (!symbol) return symbol.error();
  PrintSymbol(*symbol);
  std::printf("\n%s\n\nScanned back from %s:\n\n", url.c_str(), png.c_str());
  const auto answer = Ask(replica, Query::Scanned(contents->front()));
  if (!answer) return answer.error();
  std::printf("%s", AnswerText(RenderJson(*answer, {})).c_str());
  const int status = Row(answer->verdict).exit_status;
  const std::string path = url.substr(url.find('/', std::string("https://").size()) + 1);
  const std::string scan = Quoted(options.program) + " scan " + Quoted(png.string()) +
                           " --ledger " + Quoted((fs::path(options.dir) / "ledger").string());
  if (options.once) {
    std::printf("\nAgain:  %s\n", scan.c_str());
    return status;
  }

  BlockSignals();
  ListenerOptions listener;
  listener.addresses = {*listen};
  const auto serving = StartServing({&replica, registry->get()}, listener);
  if (!serving) return serving.error();
  const std::uint16_t port = serving->listener->port();
  if (listen->address == "0.0.0.0") {
    if (const auto printed = PrintForPhone(path, port); !printed) return printed.error();
  }
  const auto tampered = Tamper(replica, path);
  if (!tampered) return tampered.error();
  const std::string base = BaseUrl(*listen, port);
  std::printf(
      "\nServing until Ctrl-C. To paste, in another terminal:\n\n"
      "open the page    xdg-open %s/%s\n"
      "ask for JSON     curl -s %s/%s\n"
      "scan the code    %s\n"
      "one digit off    curl -s %s/%s   # forged\n",
      base.c_str(), path.c_str(), base.c_str(), path.c_str(), scan.c_str(), base.c_str(),
      tampered->c_str());
  std::fflush(stdout);
  // The demonstration is its own sequencer: it confirms the ledger as long as it runs.
  ServeUntilSignal({registry->get()});
  return status;
}

}  // namespace cityid::cli
