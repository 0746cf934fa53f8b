#include "cli/serving/config.h"

#include <toml++/toml.h>

#include "cli/console/command_line.h"
#include "codec/files/file.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kMaxConfig = 256 * 1024;

/// Stores a value of the file in its target. Returns null, or what the value must be if it is of
/// another type.
struct Store {
  const toml::node& value;

  const char* operator()(std::string* target) const {
    const auto* text = value.as_string();
    if (text == nullptr) return "a text in quotes";
    *target = text->get();
    return nullptr;
  }
  const char* operator()(unsigned* target) const {
    const auto* number = value.as_integer();
    if (number == nullptr || number->get() < 0 || number->get() > UINT32_MAX)
      return "a whole number";
    *target = static_cast<unsigned>(number->get());
    return nullptr;
  }
  const char* operator()(bool* target) const {
    const auto* flag = value.as_boolean();
    if (flag == nullptr) return "true or false";
    *target = flag->get();
    return nullptr;
  }
  const char* operator()(std::vector<std::string>* target) const {
    const auto* list = value.as_array();
    if (list == nullptr) return "a list of texts";
    target->clear();
    for (const toml::node& item : *list) {
      const auto* text = item.as_string();
      if (text == nullptr) return "a list of texts";
      target->push_back(text->get());
    }
    return nullptr;
  }
};

std::string NamesOf(const std::map<std::string, ConfigTarget>& keys) {
  std::string names;
  for (const auto& [name, target] : keys) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

Result<void> ReadConfig(const std::string& path, const std::map<std::string, ConfigTarget>& keys) {
  const auto text = ReadFile(path, kMaxConfig);
  if (!text) return text.error();
  toml::table table;
  try {
    table = toml::parse(AsText(*text), path);
  } catch (const toml::parse_error& error) {
    return Usage(path + ", line " + std::to_string(error.source().begin.line) + ": " +
                 std::string(error.description()));
  }
  for (const auto& [key, value] : table) {
    const std::string where = path + ", line " + std::to_string(value.source().begin.line) + ": ";
    // One key had two spellings.
    const std::string name(key.str());
    const auto found = keys.find(name == "passphrase_file" ? "passphrase-file" : name);
    if (found == keys.end()) {
      return Usage(where + "there is no key '" + std::string(key.str()) + "'; there are " +
                   NamesOf(keys));
    }
    if (const char* wanted = std::visit(Store{value}, found->second))
      return Usage(where + found->first + " must be " + wanted);
  }
  return {};
}

}  // namespace cityid::cli
