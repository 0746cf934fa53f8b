#include "cli/records/record_options.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "cli/clock.h"
#include "cli/commands.h"

namespace cityid::cli {
namespace {

void AddSource(CLI::App& sub, RecordTarget& target) {
  sub.add_option("--registry", target.registry,
                 "Registry to ask and to hand in to, e.g. https://id.example.cn");
  sub.add_option("--ledger", target.ledger, "Ledger directory, instead of a registry");
}

void AddSigning(CLI::App& sub, RecordTarget& target) {
  sub.add_option("--key", target.keys, "Key file that signs; may be given more than once");
  sub.add_option("--passphrase-file", target.passphrase.file,
                 "Take passphrases from this file's first line");
}

void AddTarget(CLI::App& sub, RecordTarget& target) {
  AddSource(sub, target);
  AddSigning(sub, target);
  sub.add_option("-o,--output", target.output,
                 "Write the record to this file instead of handing it in");
  sub.add_option("--days", target.days, "It may wait so many days for signatures")
      ->capture_default_str();
}

/// A subcommand with options of its own, that live as long as the program.
template <class Options>
CLI::App* AddRecord(CLI::App& app, Run& run, const char* name, const char* help, Options*& options,
                    Result<int> (*function)(const Options&, std::chrono::sys_seconds)) {
  static std::vector<std::unique_ptr<Options>> kept;
  kept.push_back(std::make_unique<Options>());
  options = kept.back().get();
  auto* sub = app.add_subcommand(name, help);
  AddTarget(*sub, options->target);
  sub->callback([&run, options, function] { run = [=] { return function(*options, Now()); }; });
  return sub;
}

template <class Options>
void AddCodeKeyOptions(CLI::App& sub, Options& o) {
  sub.add_option("--purpose", o.purposes,
                 "What the code key signs for: city, unit, device, document")
      ->capture_default_str();
  sub.add_option("--depth", o.depth, "How many levels below the code key signs for")
      ->capture_default_str();
}

void AddApply(CLI::App& app, Run& run) {
  ApplyOptions* o = nullptr;
  auto* sub = AddRecord(app, run, "apply", "Apply for an identifier", o, RunApply);
  sub->add_option("ID", o->id, "Identifier, e.g. MA.156.1301")->required();
  sub->add_option("--content", o->content, "JSON file with metadata and endpoints")->required();
  sub->add_option("--record-key", o->record_key, "Key file that will sign its records")->required();
  sub->add_option("--code-key", o->code_key, "Key file that will sign its codes");
  AddCodeKeyOptions(*sub, *o);
  sub->add_option("--alias", o->aliases, "SCHEME=VALUE, e.g. gbt2260=130100");
}

void AddUpdate(CLI::App& app, Run& run) {
  UpdateOptions* o = nullptr;
  auto* sub = AddRecord(app, run, "update", "Change an identifier's content or rotate its keys", o,
                        RunUpdate);
  sub->add_option("ID", o->id, "Identifier")->required();
  sub->add_option("--content", o->content, "JSON file with metadata and endpoints, as a whole");
  sub->add_option("--add-record-key", o->add_record_key, "Key file to add");
  sub->add_option("--add-code-key", o->add_code_key, "Key file to add");
  AddCodeKeyOptions(*sub, *o);
  sub->add_option("--retire", o->retire,
                  "Key (file or hexadecimal): codes issued so far go on holding");
  sub->add_option("--compromised", o->compromised,
                  "Key (file or hexadecimal): none of its codes holds any more");
}

void AddRecover(CLI::App& app, Run& run) {
  RecoverOptions* o = nullptr;
  auto* sub = AddRecord(app, run, "recover", "Give an identifier new keys after loss or theft", o,
                        RunRecover);
  sub->add_option("ID", o->id, "Identifier")->required();
  sub->add_option("--record-key", o->record_key, "New key file")->required();
  sub->add_option("--code-key", o->code_key, "New key file");
  AddCodeKeyOptions(*sub, *o);
  sub->add_flag("--lost", o->lost, "The old keys were lost, not stolen: their codes go on holding");
}

void AddStatus(CLI::App& app, Run& run, const char* name, const char* help) {
  StatusOptions* o = nullptr;
  auto* sub = AddRecord(app, run, name, help, o, RunChangeStatus);
  o->what = name;
  sub->add_option("ID", o->id, "Identifier")->required();
  if (o->what == "aliases") {
    sub->add_option("--alias", o->aliases, "SCHEME=VALUE; all of them");
    return;
  }
  sub->add_option("--reason", o->reason, "For people to read");
  if (o->what == "supersede")
    sub->add_option("--by", o->successor, "The identifier that follows")->required();
  if (o->what == "suspend")
    sub->add_flag("--as-holder", o->as_holder, "By the identifier's own key");
}

void AddRevokeCodes(CLI::App& app, Run& run) {
  RevokeCodesOptions* o = nullptr;
  auto* sub = AddRecord(app, run, "revoke-codes", "Take back codes of one key", o, RunRevokeCodes);
  sub->add_option("ID", o->id, "Identifier whose key it is")->required();
  sub->add_option("--code-key", o->code_key, "The key (file or hexadecimal) that signed the codes")
      ->required();
  sub->add_option("--serials", o->serials, "Serials, e.g. 1,5-9");
  sub->add_option("--issued-before", o->issued_before,
                  "Every code issued before this day, e.g. 2026-11-22");
  sub->add_option("--serial-below", o->serial_below, "Every code with a smaller serial");
}

void AddDelegate(CLI::App& app, Run& run) {
  DelegateOptions* o = nullptr;
  auto* sub =
      AddRecord(app, run, "delegate",
                "Give a prefix to a registrar, rotate its keys, or withdraw it", o, RunDelegate);
  sub->add_option("PREFIX", o->prefix, "e.g. MA.156")->required();
  sub->add_option("--registrar-key", o->registrar_keys,
                  "Key (file or hexadecimal) of the registrar; all of them");
  sub->add_option("--threshold", o->threshold, "So many of them must sign")->capture_default_str();
  sub->add_option("--title", o->title, "Name of the registrar, in English");
  sub->add_flag("--withdraw", o->withdraw, "Take the prefix back");
}

void AddPolicy(CLI::App& app, Run& run) {
  PolicyOptions* o = nullptr;
  auto* sub =
      AddRecord(app, run, "policy", "Print the policy in force, or propose the next", o, RunPolicy);
  sub->add_option("--file", o->file, "The next policy as JSON, as this command prints it");
}

void AddApprove(CLI::App& app, Run& run) {
  ApproveOptions* o = nullptr;
  auto* sub = AddRecord(app, run, "approve", "Add a signature to a record or an application", o,
                        RunApprove);
  sub->add_option("FILE|ID", o->draft, "A record file, or an application's id at the registry")
      ->required();
  sub->add_option("--as", o->role,
                  "Role, where neither registry nor ledger can say it: institute, registrar, "
                  "ancestor, holder, new-key")
      ->capture_default_str();
}

void AddSubmit(CLI::App& app, Run& run) {
  static SubmitOptions o;
  auto* sub = app.add_subcommand("submit", "Hand in a record file");
  sub->add_option("FILE", o.file, "A record with one signature or more")->required();
  AddSource(*sub, o.target);
  sub->callback([&run] { run = [] { return RunSubmit(o, Now()); }; });
}

void AddApplications(CLI::App& app, Run& run) {
  static RecordTarget target;
  auto* sub =
      app.add_subcommand("applications", "List what waits at a registry, and what each lacks");
  sub->add_option("--registry", target.registry, "The registry")->required();
  sub->add_flag("--json", target.json, "One JSON object an application");
  sub->callback([&run] { run = [] { return RunApplications(target); }; });
}

}  // namespace

void AddRecordCommands(CLI::App& app, Run& run) {
  AddApply(app, run);
  AddApprove(app, run);
  AddSubmit(app, run);
  AddApplications(app, run);
  AddUpdate(app, run);
  AddRecover(app, run);
  AddStatus(app, run, "suspend", "Suspend an identifier: no code of it or below it holds");
  AddStatus(app, run, "resume", "End a suspension");
  AddStatus(app, run, "supersede", "Replace an identifier by another");
  AddStatus(app, run, "revoke", "Withdraw an identifier for ever");
  AddStatus(app, run, "aliases", "Set an identifier's aliases, all of them");
  AddRevokeCodes(app, run);
  AddDelegate(app, run);
  AddPolicy(app, run);
}

}  // namespace cityid::cli
