#include "cli/console/terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "codec/cbor.h"
#include "codec/files/file.h"
#include "codec/files/key_file.h"
#include "ledger/record/content.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kMaxPassphrase = 1024;
constexpr std::size_t kMinPassphrase = 8;  // of a new key

/// Reads one line from the controlling terminal with echo switched off.
Result<std::string> Ask(const std::string& prompt) {
  const FileDescriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (!terminal) {
    return Error{Errc::kPassphrase,
                 "a passphrase is needed and there is no terminal to ask; use --passphrase-file"};
  }
  termios before;
  if (::tcgetattr(terminal.get(), &before) != 0)
    return Error{Errc::kPassphrase, "the terminal can't hide what is typed"};
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(terminal.get(), TCSAFLUSH, &silent);
  (void)!::write(terminal.get(), prompt.data(), prompt.size());
  std::string line;
  char c = 0;
  while (line.size() < kMaxPassphrase && ::read(terminal.get(), &c, 1) == 1 && c != '\n') line += c;
  ::tcsetattr(terminal.get(), TCSAFLUSH, &before);
  (void)!::write(terminal.get(), "\n", 1);
  return line;
}

Result<std::string> FirstLine(const std::string& file) {
  const auto content = ReadFile(file, kMaxPassphrase);
  if (!content) return content.error();
  const std::string_view text = AsText(*content);
  return std::string(text.substr(0, text.find_first_of("\r\n")));
}

}  // namespace

Result<std::optional<std::string>> PassphraseFor(const std::string& key_file,
                                                 const PassphraseOptions& options) {
  const auto info = InspectKeyFile(key_file);
  if (!info) return info.error();
  if (!info->encrypted) return std::optional<std::string>();
  auto line =
      options.file.empty() ? Ask("Passphrase of " + key_file + ": ") : FirstLine(options.file);
  if (!line) return line.error();
  return std::optional(*std::move(line));
}

namespace {

/// Refuses a passphrase that is guessed as soon as somebody has the key file.
Result<std::optional<std::string>> Strong(std::string passphrase) {
  if (passphrase.size() >= kMinPassphrase) return std::optional(std::move(passphrase));
  return Error{Errc::kPassphrase,
               "a passphrase of less than " + std::to_string(kMinPassphrase) +
                   " characters can be guessed by whoever gets the file; take several words"};
}

}  // namespace

Result<std::optional<std::string>> NewPassphrase(const PassphraseOptions& options) {
  if (options.none) return std::optional<std::string>();
  if (!options.file.empty()) {
    auto line = FirstLine(options.file);
    if (!line) return line.error();
    return Strong(*std::move(line));
  }
  auto first = Ask("New passphrase: ");
  if (!first) return first.error();
  const auto second = Ask("The same again: ");
  if (!second) return second.error();
  if (*first != *second)
    return Error{Errc::kPassphrase, "the two passphrases differ; nothing was written"};
  return Strong(*std::move(first));
}

void Progress::Hide() {
  if (visible_) std::fprintf(stderr, "\r\033[K");
  visible_ = false;
}

/// Returns true if the line is to be written now.
bool Progress::IsDue() {
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < std::chrono::milliseconds(shown_ == begun_ ? 500 : 100)) return false;
  shown_ = now;
  return ::isatty(STDERR_FILENO) == 1;
}

void Progress::Rewrite(const std::string& rest) {
  visible_ = true;
  std::fprintf(stderr, "\r\033[K%s %s", doing_.c_str(), rest.c_str());
}

void Progress::Show(std::uint64_t done, std::uint64_t total) {
  if (!IsDue()) return;
  Rewrite(std::to_string(done) + (total > 0 ? " of " + std::to_string(total) : ""));
}

void Progress::ShowRate(std::uint64_t done, std::uint64_t total, std::uint64_t before) {
  if (!IsDue()) return;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun_;
  const double rate = static_cast<double>(done - before) / passed.count();
  std::string text = std::to_string(done) + " of " + std::to_string(total);
  if (rate > 0) {
    const double left = static_cast<double>(total - std::min(done, total)) / rate;
    text += ", " + std::to_string(std::llround(rate)) + " a second, " +
            TimeLeft(std::chrono::seconds(std::llround(std::ceil(left)))) + " left";
  }
  Rewrite(text);
}

std::string TimeLeft(std::chrono::seconds left) {
  const auto seconds = left.count();
  if (seconds < 90) return std::to_string(seconds) + " s";
  const auto minutes = (seconds + 30) / 60;
  if (minutes < 90) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

bool OutputIsTerminal() { return ::isatty(STDOUT_FILENO) == 1; }

bool InputIsTerminal() { return ::isatty(STDIN_FILENO) == 1; }

bool AskYesOrNo(const std::string& question) {
  const std::string answer = AskLine(question, "no");
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string AskLine(const std::string& question, const std::string& otherwise) {
  std::fprintf(stderr, "%s", question.c_str());
  std::string line;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar())
    line += static_cast<char>(c);
  return line.empty() ? otherwise : line;
}

}  // namespace cityid::cli
