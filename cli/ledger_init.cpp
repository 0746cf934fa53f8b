// cityid ledger init
#include <cstdio>

#include "cli/commands.h"
#include "cli/console/clock.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "cli/founding.h"
#include "cli/records/content_json.h"
#include "cli/records/deliver.h"
#include "cli/records/indispensable.h"
#include "codec/files/file.h"
#include "ledger/terms/normal_text.h"

namespace cityid::cli {
namespace {

struct LedgerInit {
  FoundingOptions founding;
  std::string policy, origin, output, genesis, ledger;
  std::vector<std::string> keys;

  void Declare(Command& command) {
    command.Option("PLAN", &founding.plan,
                   "What the institutes agreed on (TOML): does what can be done here now, and says "
                   "what comes next. Without anything: asks");
    command.Option("--as", &founding.me, "With PLAN: the institute that runs this");
    command.Option("--no-passphrase", &founding.no_passphrase,
                   "With PLAN: do not encrypt new keys");
    command.Option("--indispensable", &founding.indispensable, kIndispensableHelp);
    command.Option("--policy", &policy, "The first policy as JSON: makes the record");
    command.Option("--origin", &origin, "Name of the log, e.g. id.example.cn/ledger");
    command.Option("--key", &keys, "Key file that signs; may be given more than once");
    founding.signing.Declare(command);
    command.Option("-o,--output", &output, "Where to write the record");
    command.Option("--genesis", &genesis, "A record that everybody has signed: founds the ledger");
    command.Option("--ledger", &ledger, "The directory to make");
  }

  Result<int> Run() const;
  Result<int> AskAndFound() const;
  Result<int> MakeRecord() const;
  Result<int> CreateLedger() const;
};

Result<int> LedgerInit::CreateLedger() const {
  if (ledger.empty()) return Usage("--ledger DIR says where to found it");
  const auto record = ReadFile(genesis, kMaxRecord);
  if (!record) return record.error();
  const auto created = CreateLedgerOn(*record, ledger, Now());
  if (created) {
    std::printf("%s\n", Hex(HashRecord(*record)).c_str());
    return 0;
  }
  Error error = created.error();
  const auto draft = Draft::Parse(*record);
  if (!draft) return error;
  const auto missing = MissingOf(EmptyState(), *draft, Now());
  if (missing && !missing->none()) {
    error.detail += "; still missing: " + MissingText(*missing) + "; add it with: cityid approve " +
                    genesis + " --key KEY -o FILE";
  }
  return error;
}

Result<int> LedgerInit::MakeRecord() const {
  if (policy.empty() || origin.empty() || output.empty()) {
    return Usage(
        "give a PLAN, or --policy, --origin and -o to make a record, or --genesis and --ledger");
  }
  auto first = ReadPolicy(policy);
  if (!first) return first.error();
  const auto dispensable = CheckDispensable(*first, founding.indispensable);
  if (!dispensable) return dispensable.error();
  Record record{{}, {}, {}, {}, {}, Genesis{origin, *std::move(first)}};
  NormalizeTexts(record);
  Draft draft(std::move(record));
  RecordTarget target;
  target.output = output;
  const auto files = FindKeyFiles(keys);
  if (!files) return files.error();
  const auto missing = SignDraft(EmptyState(), draft, *files, founding.signing, Now());
  if (!missing) return missing.error();
  if (!*missing) return 0;
  PrintNext(draft.record().type(), **missing, output);
  const auto entry = draft.Write();
  if (!entry) return entry.error();
  return Send(*entry, target, Now());
}

/// Asks for a plan, writes it, and goes on with it.
Result<int> LedgerInit::AskAndFound() const {
  const auto plan = FoundingPlan::Ask();
  if (!plan) return plan.error();
  FoundingOptions options = founding;
  options.plan = "founding.toml";
  options.me = AskLine("Which of them are you? [" + plan->log_operator + "]: ", plan->log_operator);
  const auto written = CreateFile(options.plan, AsBytes(plan->text()), 0644);
  if (!written) return written.error();
  Say("wrote " + options.plan + "; send it to the other institutes");
  return ContinueFounding(options, Now());
}

Result<int> LedgerInit::Run() const {
  if (!founding.plan.empty()) return ContinueFounding(founding, Now());
  if (!genesis.empty()) return CreateLedger();
  const bool nothing_given = policy.empty() && origin.empty() && output.empty();
  if (nothing_given && InputIsTerminal()) return AskAndFound();
  return MakeRecord();
}

}  // namespace

void AddLedgerInit(Command& ledger) {
  ledger.Add("init", "Found a ledger, alone or with other institutes", LedgerInit());
}

}  // namespace cityid::cli
