#include "cli/checking/pdf_pages.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>

#include "codec/files/file.h"

namespace cityid::cli {
namespace {

constexpr std::chrono::seconds kTime{60};
constexpr rlim_t kSeconds = 20;
constexpr rlim_t kMemory = rlim_t{1} << 30;
/// A module of 0.4 mm has 3 pixels then.
constexpr int kDpi = 200;
/// A0 at that size. A PDF with a page that is longer is drawn coarsely.
constexpr std::size_t kLongestSide = 9400;
constexpr int kCoarseSide = 2400;
constexpr std::size_t kMaxOutput = std::size_t{400} << 20;
constexpr int kNoProgram = 127;

/// The arguments of pdftoppm, but for its name.
using Arguments = std::vector<std::string>;

/// Becomes pdftoppm, with limits. To be called in a new process. `arguments` end with a null
/// pointer.
[[noreturn]] void BecomePdftoppm(int input, int output, char* const* arguments) {
  const rlimit seconds{kSeconds, kSeconds};
  const rlimit memory{kMemory, kMemory};
  const rlimit none{0, 0};
  const int nothing = ::open("/dev/null", O_WRONLY);
  if (::setrlimit(RLIMIT_CPU, &seconds) == 0 && ::setrlimit(RLIMIT_AS, &memory) == 0 &&
      ::setrlimit(RLIMIT_FSIZE, &none) == 0 && ::setrlimit(RLIMIT_CORE, &none) == 0 &&
      ::dup2(input, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 &&
      ::dup2(nothing, STDERR_FILENO) >= 0) {
    ::execvp("pdftoppm", arguments);
  }
  ::_exit(kNoProgram);
}

using Deadline = std::chrono::steady_clock::time_point;

/// Reads until the end, the deadline, or the most that is taken. Returns true at the end.
bool ReadUntilEnd(int file, Deadline deadline, Bytes& out) {
  while (out.size() < kMaxOutput) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd event{file, POLLIN, 0};
    if (left.count() <= 0) return false;
    if (::poll(&event, 1, static_cast<int>(left.count())) <= 0) continue;
    const std::size_t have = out.size();
    out.resize(have + (std::size_t{1} << 16));
    const ssize_t size = ::read(file, out.data() + have, out.size() - have);
    out.resize(have + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size == 0) return true;
    if (size < 0 && errno != EINTR) return false;
  }
  return false;
}

/// Waits for a process until the deadline, and then ends it. Returns its status as `waitpid` does.
int StatusAtEnd(pid_t process, Deadline deadline) {
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(process, &status, WNOHANG);
    if (ended == process || (ended < 0 && errno != EINTR)) return status;
    if (std::chrono::steady_clock::now() >= deadline) ::kill(process, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

/// Takes the first file from PGM files that follow each other; nothing if it isn't whole.
std::optional<Bytes> TakePgm(ByteView& files) {
  std::string_view text = AsText(files);
  if (!text.starts_with("P5\n")) return std::nullopt;
  std::size_t at = 3;
  std::size_t pixels = 1;
  for (const char end : {' ', '\n'}) {
    std::size_t side = 0;
    const auto [rest, error] = std::from_chars(text.data() + at, text.data() + text.size(), side);
    if (error != std::errc() || side == 0 || side > kLongestSide + 1) return std::nullopt;
    at = static_cast<std::size_t>(rest - text.data());
    if (at >= text.size() || text[at++] != end) return std::nullopt;
    pixels *= side;
  }
  if (!text.substr(at).starts_with("255\n")) return std::nullopt;
  const std::size_t size = at + 4 + pixels;
  if (files.size() < size) return std::nullopt;
  Bytes file = ToBytes(files.first(size));
  files = files.subspan(size);
  return file;
}

/// Runs pdftoppm. `input`: its standard input. `most`: of pages.
Result<PdfPages> RunPdftoppm(int input, Arguments arguments, int most) {
  arguments.insert(arguments.begin(), {"pdftoppm", "-gray"});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error{Errc::kIo, "cannot hand the PDF to pdftoppm"};
  const FileDescriptor from(ends[0]);
  FileDescriptor to(ends[1]);
  const pid_t process = ::fork();
  if (process < 0) return Error{Errc::kIo, "cannot start pdftoppm"};
  if (process == 0) BecomePdftoppm(input, to.get(), pointers.data());
  to = FileDescriptor();
  const Deadline deadline = std::chrono::steady_clock::now() + kTime;
  Bytes output;
  const bool at_end = ReadUntilEnd(from.get(), deadline, output);
  // If there is more to say, nobody listens any more.
  const int status = StatusAtEnd(process, at_end ? deadline : Deadline());
  PdfPages result;
  ByteView rest = output;
  while (auto page = TakePgm(rest)) {
    result.more = result.pages.size() == static_cast<std::size_t>(most);
    if (result.more) break;
    result.pages.push_back(*std::move(page));
  }
  result.broken =
      !result.more && !(at_end && rest.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoProgram)
    return Error{
        Errc::kIo,
        "a PDF needs the program pdftoppm: apt-get install poppler-utils, or scan a picture "
        "of the page"};
  if (result.pages.empty())
    return Error{Errc::kMalformed, "no page of the PDF could be drawn; scan a picture of it"};
  return result;
}

}  // namespace

Result<PdfPages> DrawPages(ByteView pdf) {
  const FileDescriptor input(::memfd_create("pdf", MFD_CLOEXEC));
  if (!input || !WriteAll(input.get(), pdf, "pdf") || ::lseek(input.get(), 0, SEEK_SET) != 0)
    return Error{Errc::kIo, "cannot hand the PDF to pdftoppm"};
  // One page more than is read, to see that there is one.
  const auto draw = [&](Arguments how) {
    for (const std::string& argument : {std::string("-f"), std::string("1"), std::string("-l"),
                                        std::to_string(kMaxPdfPages + 1), std::string("-")})
      how.push_back(argument);
    return RunPdftoppm(input.get(), std::move(how), kMaxPdfPages);
  };
  auto drawn = draw({"-r", std::to_string(kDpi)});
  if ((drawn && !drawn->broken) || ::lseek(input.get(), 0, SEEK_SET) != 0) return drawn;
  auto coarse = draw({"-scale-to", std::to_string(kCoarseSide)});
  if (!coarse || (drawn && drawn->pages.size() >= coarse->pages.size())) return drawn;
  coarse->coarse = true;
  return coarse;
}

namespace {

/// Draws one page of a file. `arguments`: how.
Result<Bytes> DrawOne(const std::filesystem::path& pdf, std::uint64_t page, Arguments arguments) {
  const FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing) return Error{Errc::kIo, "cannot hand the PDF to pdftoppm"};
  const std::string number = std::to_string(page);
  // A whole path is no option, whatever it begins with.
  for (const std::string& argument : {std::string("-f"), number, std::string("-l"), number,
                                      std::filesystem::absolute(pdf).string()})
    arguments.push_back(argument);
  auto drawn = RunPdftoppm(nothing.get(), std::move(arguments), 1);
  if (!drawn) return drawn.error();
  return std::move(drawn->pages.front());
}

}  // namespace

Result<Bytes> DrawPage(const std::filesystem::path& pdf, std::uint64_t page, int dpi) {
  return DrawOne(pdf, page, {"-r", std::to_string(dpi)});
}

Result<Bytes> DrawShownPage(const std::filesystem::path& pdf, std::uint64_t page, int side) {
  return DrawOne(pdf, page, {"-cropbox", "-scale-to", std::to_string(side)});
}

}  // namespace cityid::cli
