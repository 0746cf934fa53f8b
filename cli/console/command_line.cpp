#include "cli/console/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <type_traits>

#include "cli/console/exit_status.h"
#include "codec/shown_text.h"

namespace cityid::cli {
namespace {

/// Refuses an empty value: a script's variable that isn't set must not switch a check off.
std::string NotEmpty(const std::string& value) {
  return value.empty() ? "the value is empty; leave the option out instead" : "";
}

/// Declares an option of the library for each type of target.
struct Declare {
  CLI::App& app;
  const std::string& names;
  const std::string& help;

  CLI::Option* operator()(bool* target) const { return app.add_flag(names, *target, help); }
  CLI::Option* operator()(std::optional<std::uint32_t>* target) const {
    return app.add_option(names, *target, help);
  }
  template <class T>
  CLI::Option* operator()(T* target) const {
    CLI::Option* option = app.add_option(names, *target, help);
    if constexpr (std::is_integral_v<T>) {
      return option->default_str(std::to_string(*target));
    } else {
      if (names.starts_with('-')) option->check(NotEmpty);
      // Each value has its option before it. Without this the library takes what follows, too, and
      // makes a list of "[a,b]".
      if constexpr (std::is_same_v<T, std::vector<std::string>>)
        if (names.starts_with('-')) option->allow_extra_args(false);
      return target->empty() ? option : option->capture_default_str();
    }
  }
};

/// Returns how many letters must be added, removed or replaced to make one word of the other.
std::size_t Distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t before = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = before + (from[i] == to[j] ? 0 : 1);
      before = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, before + 1});
    }
  }
  return row.back();
}

/// Says in one line what is wrong. Returns the exit status.
int WrongUse(const std::string& what) {
  std::fprintf(stderr, "cityid: %s; --help says more\n", Printable(what).c_str());
  return kUsage;
}

/// Returns what to say of the word that stands where a command must, if it names none.
std::optional<std::string> UnknownCommand(const CLI::App& app) {
  const CLI::App* group = &app;
  while (!group->get_subcommands().empty()) group = group->get_subcommands().front();
  const auto words = group->remaining();
  if (words.empty() || group->get_require_subcommand_min() == 0) return std::nullopt;
  std::string said = "There is no command '" + words.front() + "'";
  const auto commands = group->get_subcommands([](const CLI::App*) { return true; });
  const auto distance = [&](const CLI::App* command) {
    return Distance(words.front(), command->get_name());
  };
  const auto nearest = std::ranges::min_element(commands, {}, distance);
  if (nearest != commands.end() && distance(*nearest) <= 2)
    said += "; did you mean '" + (*nearest)->get_name() + "'?";
  return said;
}

}  // namespace

void Command::Argument(const std::string& name, OptionTarget target, const std::string& help) {
  Required(name, target, help);
}

void Command::Option(const std::string& names, OptionTarget target, const std::string& help) {
  std::visit(Declare{*app_, names, help}, target);
}

void Command::Required(const std::string& names, OptionTarget target, const std::string& help) {
  std::visit(Declare{*app_, names, help}, target)->required();
}

void Command::Exclude(const std::string& one, const std::string& other) {
  app_->get_option(one)->excludes(app_->get_option(other));
}

bool Command::Given(const std::string& name) const { return app_->get_option(name)->count() > 0; }

Command Command::Group(const std::string& name, const std::string& help) {
  CLI::App* group = app_->add_subcommand(name, help);
  group->require_subcommand(1);
  return {group, chosen_};
}

Command Command::AddCommand(const std::string& name, const std::string& help, RunCommand run) {
  CLI::App* app = app_->add_subcommand(name, help);
  app->callback([chosen = chosen_, run = std::move(run)] { *chosen = run; });
  return {app, chosen_};
}

CommandLine::CommandLine(const std::string& about, const std::string& program,
                         const std::string& version)
    : app_(std::make_unique<CLI::App>(about, program)) {
  app_->set_version_flag("--version", version);
  app_->require_subcommand(1);
}

CommandLine::~CommandLine() = default;

std::variant<RunCommand, int> CommandLine::Parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
    return chosen_;
  } catch (const CLI::RequiredError& error) {
    return WrongUse(UnknownCommand(*app_).value_or(error.what()));
  } catch (const CLI::Success& help) {
    return app_->exit(help);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    const std::size_t twice = what.find(": At Most 1 required but received");
    return WrongUse(twice == std::string::npos ? what : what.substr(0, twice) + " is given twice");
  } catch (const CLI::ParseError& error) {
    return WrongUse(error.what());
  }
}

}  // namespace cityid::cli
