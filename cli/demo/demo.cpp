#include "cli/demo/demo.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>

#include "cli/checking/answer_text.h"
#include "cli/checking/ledger_log.h"
#include "cli/checking/scanned.h"
#include "cli/console/clock.h"
#include "cli/console/terminal.h"
#include "cli/demo/demo_ledger.h"
#include "cli/demo/permit.h"
#include "cli/demo/story.h"
#include "cli/serving/listen.h"
#include "cli/serving/publishing.h"
#include "codec/files/file.h"
#include "codec/symbol/draw.h"
#include "codec/symbol/qr.h"
#include "resolver/answer/answer_json.h"
#include "resolver/answer/resolve.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

/// Returns the first IPv4 address of this machine that others on its network can reach, or nothing.
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

/// Returns a code's path with one digit changed so that the answer is "forged", not "malformed".
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

/// Returns a word for a shell: quoted unless it is plain.
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

/// Prints a code for a phone on the same network. It is unsigned and names this machine: nothing
/// that anybody should put on paper.
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

struct Demo {
  std::string program;  ///< argv[0]
  std::string dir = {};
  std::string listen = "127.0.0.1:8080";
  std::string host = "id.example.cn";
  std::string web = {};
  bool once = false;

  void Declare(Command& command) {
    command.Required("--dir", &dir, "Where to keep it; reused if it is there");
    command.Option("--listen", &listen, "ADDRESS:PORT");
    command.Option("--host", &host, "Host that the codes carry");
    command.Option("--web", &web, "Directory with the scanner's program; ./dev web builds it");
    command.Option("--once", &once, "Exit after scanning back");
  }

  Result<int> Run() const;
  Result<void> PrintStory(const DemoLedger& demo) const;
  void PrintSealing() const;
  std::string ScanCommand() const;
  std::string InDir(const std::string& name) const {
    return Quoted((fs::path(dir) / name).string());
  }
  fs::path Picture() const { return fs::path(dir) / "codes" / (std::string(kStoryCity) + ".png"); }
  Result<void> Wait(const ListenAddress& address, Registry& registry, const Replica& replica,
                    const std::string& path) const;
};

/// A code that was read from its picture, and the answer to it.
struct ScannedBack {
  std::string path;  ///< of the URL
  int status = 0;    ///< exit status
};

/// Does what a stranger would do: takes the picture, reads it, asks.
Result<ScannedBack> ScanBack(const Replica& replica, const fs::path& picture) {
  PictureSource pictures;
  const auto contents = ContentsOf(picture, pictures);
  if (!contents) return contents.error();
  if (contents->items.size() != 1) return Error{Errc::kNotFound, NoSymbol(picture, *contents)};
  const Bytes& content = contents->items.front().content;
  const std::string url(AsText(content));
  const auto symbol = EncodeQr(CodeUrlSegments(url), QrLevel::kMedium);
  if (!symbol) return symbol.error();
  PrintSymbol(*symbol);
  std::printf("\n%s\n\nScanned back from %s:\n\n", url.c_str(), picture.c_str());
  const auto answer = Ask(replica, Query::Scanned(content));
  if (!answer) return answer.error();
  std::printf("%s", AnswerText(answer->verdict, AnswerJson(*answer)).c_str());
  const std::size_t slash = url.find('/', std::string_view("https://").size());
  return ScannedBack{url.substr(slash + 1), Row(answer->verdict).exit_status};
}

std::string Demo::ScanCommand() const {
  return Quoted(program) + " scan " + Quoted(Picture().string()) + " --ledger " + InDir("ledger");
}

Result<void> Demo::PrintStory(const DemoLedger& demo) const {
  std::printf(
      "A consortium of three institutes (two must sign) has assigned identifiers to %zu cities.\n"
      "The keys in %s are not encrypted: for demonstration only.\n\n"
      "Shijiazhuang applied, two institutes approved; it registered its traffic department and a\n"
      "partner, published an endpoint, rotated its code key and revoked a code (revoked.png):\n\n",
      demo.cities.size(), (fs::path(dir) / "keys").c_str());
  const auto printed = PrintLog(demo.replica, Prefix(*CityId::Parse(kStoryCity)), false);
  if (printed) std::printf("\n");
  return printed;
}

/// Prints how a document is sealed and checked.
void Demo::PrintSealing() const {
  const std::string document = Quoted(program) + " document ";
  std::printf(
      "seal a permit    %sseal %s --id %s --key %s --host %s --type permit --number 2026-000123 "
      "--fact 'Height=12 m' -o %s\n"
      "is it genuine    %sverify %s --ledger %s\n",
      document.c_str(), InDir("permit.pdf").c_str(), kStoryCity,
      InDir("keys/" + std::string(kStoryCity) + ".code2.key").c_str(), host.c_str(),
      InDir("sealed.pdf").c_str(), document.c_str(), InDir("sealed.pdf").c_str(),
      InDir("ledger").c_str());
}

/// Serves until a signal, and prints what to try meanwhile.
Result<void> Demo::Wait(const ListenAddress& address, Registry& registry, const Replica& replica,
                        const std::string& path) const {
  BlockSignals();
  const auto readers = StartReaders(2);
  if (!readers) return readers.error();
  ListenerOptions options;
  options.addresses = {address};
  Service service;
  service.replica = &replica;
  service.registry = &registry;
  const auto serving =
      StartServing(std::move(service), {.web = web, .pictures = readers->get(), .listen = options});
  if (!serving) return serving.error();
  const std::uint16_t port = (*serving)->listener->port();
  if (address.address == "0.0.0.0") {
    if (const auto printed = PrintForPhone(path, port); !printed) return printed;
  }
  const auto tampered = Tamper(replica, path);
  if (!tampered) return tampered.error();
  const std::string base = BaseUrl(address, port);
  std::printf(
      "\nServing until Ctrl-C. To paste, in another terminal:\n\n"
      "open the page    xdg-open %s/%s\n"
      "ask for JSON     curl -s %s/%s   # needs curl\n"
      "scan the code    %s\n"
      "open the scanner xdg-open %s/scan\n"
      "one digit off    curl -s %s/%s   # forged; needs curl\n",
      base.c_str(), path.c_str(), base.c_str(), path.c_str(), ScanCommand().c_str(), base.c_str(),
      base.c_str(), tampered->c_str());
  PrintSealing();
  std::fflush(stdout);
  // The demonstration is its own sequencer: it confirms the ledger as long as it runs.
  const Publishing publishing(registry, true);
  ServeUntilSignal({});
  return {};
}

Result<int> Demo::Run() const {
  const auto address = ParseListen(listen);
  if (!address) return address.error();
  if (!IsHostName(host)) return Usage("'" + host + "' is no host name");
  DemoPictures pictures;
  auto demo = BuildDemo(dir, host, pictures, Now());
  if (!demo) return demo.error();
  const auto registry =
      Registry::Open(fs::path(dir) / "ledger" / "inbox", demo->replica, demo->publish);
  if (!registry) return registry.error();
  const auto told = TellStory(dir, *demo, **registry, pictures, Now());
  if (!told) return told.error();
  pictures.SayLeftOut();
  if (const auto written = WriteFile(fs::path(dir) / "permit.pdf", PermitPdf()); !written)
    return written.error();
  if (const auto printed = PrintStory(*demo); !printed) return printed.error();
  const auto scanned = ScanBack(demo->replica, Picture());
  if (!scanned) return scanned.error();
  if (once) {
    std::printf("\nAgain:  %s\n", ScanCommand().c_str());
    return scanned->status;
  }
  const auto waited = Wait(*address, **registry, demo->replica, scanned->path);
  if (!waited) return waited.error();
  return scanned->status;
}

}  // namespace

void AddDemo(Command& top, const char* program) {
  top.Add("demo", "A consortium, real cities, their codes; scan one back and serve", Demo{program});
}

}  // namespace cityid::cli
