// cityid delegate | policy
#include <algorithm>
#include <cstdio>

#include "cli/console/clock.h"
#include "cli/records/commands.h"
#include "cli/records/content_json.h"
#include "cli/records/deliver.h"
#include "cli/records/indispensable.h"
#include "resolver/show/record_json.h"

namespace cityid::cli {
namespace {

struct DelegatePrefix {
  RecordTarget target = {};
  std::string prefix, title;
  std::vector<std::string> registrar_keys;
  std::uint8_t threshold = 1;
  bool withdraw = false;

  void Declare(Command& command) {
    target.Declare(command);
    command.Argument("PREFIX", &prefix, "e.g. MA.156");
    command.Option("--registrar-key", &registrar_keys,
                   "Key (file or hexadecimal) of the registrar; all of them");
    command.Option("--threshold", &threshold, "So many of them must sign");
    command.Option("--title", &title, "Name of the registrar, in English");
    command.Option("--withdraw", &withdraw, "Take the prefix back");
  }

  Result<int> Run() const;
  Result<std::vector<KeyFile>> NewFiles(const std::vector<PublicKey>& keys,
                                        const std::vector<PublicKey>& old) const;
};

/// Returns the registrar's keys that are new and given as files: they sign at once, to prove that
/// they exist. `keys`: the public keys of `registrar_keys`, in their order.
Result<std::vector<KeyFile>> DelegatePrefix::NewFiles(const std::vector<PublicKey>& keys,
                                                      const std::vector<PublicKey>& old) const {
  std::vector<std::string> files;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool is_new = std::ranges::find(old, keys[i]) == old.end();
    if (is_new && !FromHex(registrar_keys[i])) files.push_back(registrar_keys[i]);
  }
  return FindKeyFiles(files);
}

Result<int> DelegatePrefix::Run() const {
  auto source = OpenStateSource(target);
  if (!source) return source.error();
  if (withdraw != registrar_keys.empty()) return Usage("give either --registrar-key or --withdraw");
  const auto parsed = Prefix::Parse(prefix);
  if (!parsed) return Usage(parsed.error().detail);
  const auto found = FindPrefix(*source->state, *parsed);
  if (!found) return found.error();
  Delegate delegate;
  for (const std::string& name : registrar_keys) {
    const auto key = KeyNamed(name);
    if (!key) return key.error();
    delegate.registrar.keys.push_back(*key);
  }
  auto signing = NewFiles(delegate.registrar.keys,
                          *found ? (*found)->registrar.keys : std::vector<PublicKey>());
  if (!signing) return signing.error();
  if (!withdraw) delegate.registrar.threshold = threshold;
  if (!title.empty()) delegate.registrar.title["en"] = title;
  Record record{{}, parsed->text(), {}, {}, {}, std::move(delegate)};
  if (*found) record.previous = (*found)->record.hash;
  return Deliver(*std::move(source), std::move(record), target, *std::move(signing), Now());
}

struct ShowOrChangePolicy {
  RecordTarget target = {};
  std::string file;  ///< empty: the policy in force is printed
  bool indispensable = false;

  void Declare(Command& command) {
    target.Declare(command);
    command.Option("--indispensable", &indispensable, kIndispensableHelp);
    command.Option("--file", &file, "The next policy as JSON, as this command prints it");
  }

  Result<int> Run() const {
    auto source = OpenStateSource(target);
    if (!source) return source.error();
    const auto current = FindPolicy(*source->state);
    if (!current) return current.error();
    if (!*current) return Error{Errc::kCorrupt, "the ledger has no policy"};
    if (file.empty()) {
      std::printf("%s\n", IndentJson(PolicyJson((*current)->policy)).c_str());
      return 0;
    }
    auto policy = ReadPolicy(file);
    if (!policy) return policy.error();
    const auto dispensable = CheckDispensable(*policy, indispensable);
    if (!dispensable) return dispensable.error();
    Record record{{}, {}, (*current)->record.hash, {}, {}, PolicyChange{*std::move(policy)}};
    return Deliver(*std::move(source), std::move(record), target, {}, Now());
  }
};

}  // namespace

void AddDelegate(Command& top) {
  top.Add("delegate", "Give a prefix to a registrar, rotate its keys, or withdraw it",
          DelegatePrefix());
  top.Add("policy", "Print the policy in force, or propose the next", ShowOrChangePolicy());
}

}  // namespace cityid::cli
