// The command line: which commands there are, what each takes, and which one was given. Only its
// .cpp file uses the library that parses (CLI11).
//
// A command is a struct. Its members hold the values and start with the defaults:
//
//   struct KeyShow {
//     std::string file;
//     bool json = false;
//
//     void Declare(Command& command) {
//       command.Argument("FILE", &file, "A key file");
//       command.Option("--json", &json, "For programs");
//     }
//     Result<int> Run() const;  // returns the exit status
//   };
//
//   key.Add("show", "Print the public part of a key", KeyShow());
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "codec/result.h"

namespace CLI {
class App;
}

namespace cityid::cli {

/// Returns an error about how a command was called.
inline Error Usage(std::string detail) { return Error{Errc::kUsage, std::move(detail)}; }

/// Runs the command that was given. Returns the exit status.
using RunCommand = std::function<Result<int>()>;

/// Where a value goes; the command line must have a value of this type. `bool`: an option without a
/// value. A list: the option may be given more than once.
using OptionTarget = std::variant<bool*, std::string*, std::vector<std::string>*, int*, unsigned*,
                                  std::uint8_t*, std::uint16_t*, std::optional<std::uint32_t>*>;

/// A command or a group of commands. Lives no longer than its `CommandLine`.
class Command {
 public:
  /// Declares a positional argument that must be given.
  void Argument(const std::string& name, OptionTarget target, const std::string& help);
  /// Declares an option, such as "--json" or "-o,--output". The help shows the target's value as
  /// the default if it is a number or a text that isn't empty.
  void Option(const std::string& names, OptionTarget target, const std::string& help);
  /// Declares an option that must be given.
  void Required(const std::string& names, OptionTarget target, const std::string& help);
  /// Allows at most one of two declared options.
  void Exclude(const std::string& one, const std::string& other);

  /// Returns true if the command line has this option. To be called when the command runs.
  bool Given(const std::string& name) const;

  /// Adds a group. It runs nothing itself: one of its commands must be given.
  Command Group(const std::string& name, const std::string& help);
  /// Adds a command to the program or to a group: see the top of this file.
  template <class Options>
  void Add(const std::string& name, const std::string& help, Options options) {
    const auto kept = std::make_shared<Options>(std::move(options));
    Command command = AddCommand(name, help, [kept] { return kept->Run(); });
    kept->Declare(command);
  }

 private:
  friend class CommandLine;
  Command(CLI::App* app, RunCommand* chosen) : app_(app), chosen_(chosen) {}
  Command AddCommand(const std::string& name, const std::string& help, RunCommand run);

  CLI::App* app_;
  RunCommand* chosen_;
};

/// The program's command line as a whole.
class CommandLine {
 public:
  /// `version`: what --version prints.
  CommandLine(const std::string& about, const std::string& program, const std::string& version);
  ~CommandLine();

  /// Where commands are added. They are listed in this order.
  Command top() { return {app_.get(), &chosen_}; }

  /// Parses the arguments and returns what runs the command. Where there is nothing to run, prints
  /// the help or what is wrong, and returns the exit status.
  std::variant<RunCommand, int> Parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
  RunCommand chosen_;
};

}  // namespace cityid::cli
