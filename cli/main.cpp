// cityid: the command line (docs/man/cityid.1). The only place that touches argv.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>

#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/records/record_options.h"
#include "cli/terminal.h"

namespace {

using cityid::Result;
using namespace cityid::cli;  // NOLINT: this file is nothing but the command line

void AddPassphraseFile(CLI::App& app, PassphraseOptions& options) {
  app.add_option("--passphrase-file", options.file,
                 "Take the passphrase from this file's first line");
}

void AddKey(CLI::App& app, Run& run) {
  auto* key = app.add_subcommand("key", "Make and look at signing keys");
  key->require_subcommand(1);
  {
    static KeyNewOptions o;
    auto* sub = key->add_subcommand("new", "Make a key: FILE, and FILE.serial beside it");
    sub->add_option("FILE", o.file, "Where to write it; must not exist")->required();
    sub->add_flag("--no-passphrase", o.passphrase.none, "Do not encrypt it");
    AddPassphraseFile(*sub, o.passphrase);
    sub->callback([&run] { run = [] { return KeyNew(o); }; });
  }
  {
    static KeyShowOptions o;
    auto* sub = key->add_subcommand("show", "Print the public part of a key");
    sub->add_option("FILE", o.file, "A key file")->required();
    sub->add_flag("--json", o.json, "For programs");
    sub->callback([&run] { run = [] { return KeyShow(o); }; });
  }
  {
    static KeySerialOptions o;
    auto* sub = key->add_subcommand("serial", "Set or reserve the serial numbers of a key");
    sub->add_option("FILE", o.file, "A key file")->required();
    sub->add_option("--next", o.next, "The next serial; never back");
    sub->add_option("--reserve", o.reserve,
                    "Take so many serials for another machine and print them");
    sub->callback([&run] { run = [] { return KeySerial(o); }; });
  }
}

void AddCode(CLI::App& app, Run& run) {
  auto* code = app.add_subcommand("code", "Make and look at signed codes");
  code->require_subcommand(1);
  {
    static CodeNewOptions o;
    auto* sub = code->add_subcommand("new", "Sign a code and draw it; prints its URL");
    sub->add_option("ID", o.id, "Identifier, e.g. MA.156.1301")->required();
    sub->add_option("--key", o.key, "Key file of the identifier or of a level above")->required();
    sub->add_option("--host", o.host, "Host of the resolver, e.g. id.example.cn")->required();
    sub->add_option("--purpose", o.purpose, "city, unit, device or document")
        ->capture_default_str();
    sub->add_option("--days", o.days, "Valid so many days; 0: no end")->capture_default_str();
    sub->add_option("--level", o.level, "Error correction L, M, Q or H; Q outdoors")
        ->capture_default_str();
    sub->add_option("--scale", o.scale, "Pixels a module in a PNG")->capture_default_str();
    sub->add_option("--document-type", o.document_type, "For purpose document: \"permit\"");
    sub->add_option("--document-number", o.document_number, "For purpose document");
    sub->add_option("--document-date", o.document_date, "For purpose document: 2026-11-22");
    sub->add_option("--document-file", o.document_file,
                    "For purpose document: put this file's SHA-256 into the code");
    sub->add_option("-o,--output", o.output, "FILE.svg, .png, .pdf, .txt (terminal) or .cose (raw)")
        ->required();
    AddPassphraseFile(*sub, o.passphrase);
    sub->callback([&run] { run = [] { return CodeNew(o, Now()); }; });
  }
  {
    static CodeInspectOptions o;
    auto* sub = code->add_subcommand("inspect", "Say what a code claims; verifies nothing");
    sub->add_option("TEXT|FILE", o.input, "A URL, an image, or a file with a code")->required();
    sub->add_flag("--raw", o.raw, "Print the content of any symbol as it is");
    sub->add_flag("--json", o.json, "For programs");
    sub->callback([&run] { run = [] { return CodeInspect(o); }; });
  }
}

void AddScan(CLI::App& app, Run& run) {
  static ScanOptions o;
  auto* sub = app.add_subcommand("scan", "Read codes from images and verify them");
  sub->add_option("FILE", o.files, "PNG or JPEG images, files with a code, or URLs")->required();
  sub->add_option("--ledger", o.ledger, "Ask the ledger in this directory");
  sub->add_option("--resolver", o.resolver, "Ask this resolver, e.g. https://id.example.cn");
  sub->add_option("--trust", o.trust,
                  "Trust file: check what the resolver says, or the proofs, against it");
  sub->add_option("--proof", o.proofs, "Proof documents of the codes; no network is needed");
  sub->add_option("--state", o.state, "Keep the newest head seen here; nothing older is believed");
  sub->add_flag("--json", o.json, "One JSON object a code");
  sub->callback([&run] { run = [] { return Scan(o, Now()); }; });
}

void AddServe(CLI::App& app, Run& run) {
  static ServeOptions o;
  auto* sub = app.add_subcommand("serve", "Answer over HTTP from a ledger");
  sub->add_option("--config", o.config, "TOML file with any of the following; flags count more");
  for (const ServeSetting& setting : ServeSettings(o)) {
    const std::string flag = std::string("--") + setting.name;
    CLI::Option* option = std::visit(
        [&](auto* target) {
          using Target = std::remove_pointer_t<decltype(target)>;
          if constexpr (std::is_same_v<Target, bool>) {
            return sub->add_flag(flag, *target, setting.help);
          } else if constexpr (std::is_same_v<Target, unsigned>) {
            return sub->add_option(flag, *target, setting.help)->capture_default_str();
          } else {
            CLI::Option* text = sub->add_option(flag, *target, setting.help);
            return target->empty() ? text : text->capture_default_str();
          }
        },
        setting.target);
    option->each([name = setting.name](const std::string&) { o.as_flags.insert(name); });
  }
  sub->callback([&run] { run = [] { return Serve(o); }; });
}

void AddFollow(CLI::App& app, Run& run) {
  {
    static FollowOptions o;
    auto* sub = app.add_subcommand("follow", "Keep a replica up with a log");
    sub->add_option("--from", o.from, "Mirror (URL or directory); may be given more than once")
        ->required();
    sub->add_option("--ledger", o.ledger, "The replica; made if it is not there")->required();
    sub->add_option("--trust", o.trust, "Trust file, for a replica that is empty");
    sub->add_option("--poll", o.interval, "Milliseconds between polls")->capture_default_str();
    sub->add_flag("--once", o.once, "Stop when there is nothing newer");
    sub->callback([&run] { run = [] { return Follow(o); }; });
  }
  {
    static WitnessOptions o;
    auto* sub = app.add_subcommand("witness", "Replay a log and cosign its checkpoints");
    sub->add_option("--config", o.config,
                    "TOML file: ledger, listen, key, passphrase_file, log, trust")
        ->required();
    sub->callback([&run] { run = [] { return RunWitness(o); }; });
  }
}

void AddProofs(CLI::App& app, Run& run) {
  {
    static ProveOptions o;
    auto* sub = app.add_subcommand("prove", "Write the proof of what the ledger says");
    sub->add_option("ID", o.about, "Identifier, ID/digits, or the URL of a code")->required();
    auto* ledger = sub->add_option("--ledger", o.ledger, "Ledger directory");
    sub->add_option("--resolver", o.resolver, "Resolver to fetch it from")->excludes(ledger);
    sub->add_option("-o,--output", o.output, "Where to write the proof")->required();
    sub->add_option("--state", o.state, "Prove consistency with the head in this file");
    sub->callback([&run] { run = [] { return RunProve(o, Now()); }; });
  }
  {
    static CheckOptions o;
    auto* sub = app.add_subcommand("check", "Check a proof with nothing but a trust file");
    sub->add_option("FILE", o.file, "A proof document")->required();
    sub->add_option("--trust", o.trust, "Trust file (tlog-policy)")->required();
    sub->add_option("--state", o.state,
                    "Keep the newest head seen here; nothing older is believed");
    sub->add_option("--about", o.about, "What it must be about: identifier, ID/digits or URL");
    sub->add_option("--max-age", o.max_age, "Hours since the quorum cosigned")
        ->capture_default_str();
    sub->add_flag("--json", o.json, "For programs");
    sub->callback([&run] { run = [] { return RunCheck(o, Now()); }; });
  }
  auto* trust = app.add_subcommand("trust", "Make a trust file and bring it up to date");
  trust->require_subcommand(1);
  {
    static TrustNewOptions o;
    auto* sub = trust->add_subcommand("new", "Write the policy in force as a trust file");
    sub->add_option("--ledger", o.ledger, "A ledger that you trust")->required();
    sub->add_option("-o,--output", o.output, "Where to write it")->required();
    sub->callback([&run] { run = [] { return TrustNew(o); }; });
  }
  {
    static TrustUpdateOptions o;
    auto* sub = trust->add_subcommand("update", "Follow the chain of policies to the present");
    sub->add_option("FILE", o.trust, "Trust file")->required();
    sub->add_option("--from", o.from, "A resolver's URL, a ledger, or a directory of files")
        ->required();
    sub->add_option("-o,--output", o.output, "Write here instead of replacing FILE");
    sub->add_option("--max-age", o.max_age,
                    "Days since it was last confirmed, after which it must be renewed by hand")
        ->capture_default_str();
    sub->callback([&run] { run = [] { return TrustUpdate(o, Now()); }; });
  }
}

void AddLedger(CLI::App& app, Run& run) {
  auto* ledger = app.add_subcommand("ledger", "Found a ledger and look at it");
  ledger->require_subcommand(1);
  {
    static LedgerInitOptions o;
    auto* sub =
        ledger->add_subcommand("init", "Make and sign a genesis record, or found a ledger on one");
    sub->add_option("--policy", o.policy, "The first policy as JSON: makes the record");
    sub->add_option("--origin", o.origin, "Name of the log, e.g. id.example.cn/ledger");
    sub->add_option("--key", o.keys, "Key file that signs; may be given more than once");
    sub->add_option("--passphrase-file", o.passphrase.file,
                    "Take passphrases from this file's first line");
    sub->add_option("-o,--output", o.output, "Where to write the record");
    sub->add_option("--genesis", o.genesis,
                    "A record that everybody has signed: founds the ledger");
    sub->add_option("--ledger", o.ledger, "The directory to make");
    sub->callback([&run] { run = [] { return LedgerInit(o, Now()); }; });
  }
  {
    static LedgerStatusOptions o;
    auto* sub = ledger->add_subcommand("status", "Print its head, age and policy");
    sub->add_option("--ledger", o.ledger, "Ledger directory")->required();
    sub->add_flag("--json", o.json, "For programs");
    sub->callback([&run] { run = [] { return LedgerStatus(o, Now()); }; });
  }
  {
    static LedgerExportOptions o;
    auto* sub = ledger->add_subcommand("export", "Write the log as files for any web server");
    sub->add_option("--ledger", o.ledger, "Ledger directory")->required();
    sub->add_option("-o,--output", o.output, "Directory; only what is missing is written")
        ->required();
    sub->callback([&run] { run = [] { return LedgerExport(o); }; });
  }
  {
    static LedgerEvidenceOptions o;
    auto* sub = ledger->add_subcommand("evidence", "Print what was found against the log");
    sub->add_option("--ledger", o.ledger, "Ledger directory")->required();
    sub->add_flag("--json", o.json, "For programs");
    sub->callback([&run] { run = [] { return LedgerEvidence(o); }; });
  }
  {
    static LedgerSnapshotOptions o;
    auto* sub =
        ledger->add_subcommand("snapshot", "Write the state as one file that proves itself");
    sub->add_option("--ledger", o.ledger, "Ledger directory")->required();
    sub->add_option("-o,--output", o.output, "The file; in a directory it is named by its size")
        ->required();
    sub->callback([&run] { run = [] { return LedgerSnapshot(o); }; });
  }
  {
    static LedgerRestoreOptions o;
    auto* sub = ledger->add_subcommand("restore", "Make a replica out of a snapshot");
    sub->add_option("FILE", o.file, "A snapshot")->required();
    sub->add_option("--ledger", o.ledger, "The directory to make")->required();
    sub->add_option("--trust", o.trust, "Trust file (tlog-policy)")->required();
    sub->callback([&run] { run = [] { return LedgerRestore(o, Now()); }; });
  }
  {
    static LedgerVerifyOptions o;
    auto* sub = ledger->add_subcommand("verify", "Replay the whole log and compare every byte");
    sub->add_option("--ledger", o.ledger, "Ledger directory")->required();
    sub->callback([&run] { run = [] { return LedgerVerify(o); }; });
  }
  {
    static LedgerLogOptions o;
    auto* sub = ledger->add_subcommand("log", "Print its records, oldest first");
    sub->add_option("--ledger", o.ledger, "Ledger directory")->required();
    sub->add_option("--id", o.id, "Only those about this identifier and below it");
    sub->add_flag("--json", o.json, "One JSON object a record, with all that it says");
    sub->callback([&run] { run = [] { return LedgerLog(o); }; });
  }
}

void AddDemo(CLI::App& app, Run& run, const char* program) {
  static DemoOptions o;
  o.program = program;
  auto* sub =
      app.add_subcommand("demo", "A consortium, real cities, their codes; scan one back and serve");
  sub->add_option("--dir", o.dir, "Where to keep it; reused if it is there")->required();
  sub->add_option("--listen", o.listen, "ADDRESS:PORT")->capture_default_str();
  sub->add_option("--host", o.host, "Host that the codes carry")->capture_default_str();
  sub->add_flag("--once", o.once, "Exit after scanning back");
  sub->callback([&run] { run = [] { return Demo(o); }; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Signed identifiers for cities: make, scan and resolve them", "cityid");
  app.set_version_flag("--version", "cityid " CITYID_VERSION);
  app.require_subcommand(1);
  Run run;
  AddDemo(app, run, argv[0]);
  AddKey(app, run);
  AddCode(app, run);
  AddScan(app, run);
  AddServe(app, run);
  AddFollow(app, run);
  AddProofs(app, run);
  AddLedger(app, run);
  AddRecordCommands(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  try {
    const Result<int> status = run();
    if (std::fflush(stdout) != 0) {
      std::fprintf(stderr, "cityid: cannot write the output\n");
      return kCouldNot;
    }
    if (status) return *status;
    std::fprintf(stderr, "cityid: %s\n", Printable(status.error().detail).c_str());
    return ExitStatus(status.error().code);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cityid: internal error: %s\n", error.what());
    return kCouldNot;
  }
}
