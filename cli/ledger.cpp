// cityid ledger init | status | log
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/checking/trust.h"
#include "cli/commands.h"
#include "cli/records/deliver.h"
#include "cli/terminal.h"
#include "codec/file.h"
#include "codec/time_text.h"
#include "ledger/store/replica.h"
#include "ledger/store/snapshot.h"
#include "ledger/sync/source.h"
#include "ledger/sync/verify.h"
#include "resolver/show/record_json.h"

namespace cityid::cli {

Result<int> LedgerStatus(const LedgerStatusOptions& options, std::chrono::sys_seconds now) {
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  if (view->head().size.value == 0) {
    if (options.json) {
      std::printf("{\"format\":\"%s\",\"size\":0}\n", std::string(kLedgerFormat).c_str());
    } else {
      std::printf("size         0: it is still empty; fill it with: cityid follow\n");
    }
    return 0;
  }
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "ledger: it has no policy"};
  const auto pending = view->Pending();
  if (!pending) return pending.error();
  std::uint64_t identifiers = 0;
  const auto scanned = view->ScanIdentifiers([&](const CityId&, const IdentifierState&) {
    ++identifiers;
    return true;
  });
  if (!scanned) return scanned.error();

  const Head& head = view->head();
  nlohmann::ordered_json json = {{"origin", (*policy)->origin},
                                 {"log", Hex((*policy)->log)},
                                 {"format", kLedgerFormat},
                                 {"size", head.size.value},
                                 {"root", Hex(head.root)},
                                 {"map", Hex(head.map)},
                                 {"time", TimeText(head.time)},
                                 {"age", std::max<std::int64_t>((now - head.time).count(), 0)},
                                 {"identifiers", identifiers},
                                 {"policy", (*policy)->policy.version},
                                 {"quorum", (*policy)->policy.quorum}};
  const auto note = view->Note(head.size);
  if (!note) return note.error();
  json["checkpoint"] = note->has_value();
  if (!pending->empty()) json["pending"] = pending->size();
  if (head.base.value > 0) json["base"] = head.base.value;
  if (head.frozen) json["frozen"] = true;
  for (const Institute& institute : (*policy)->policy.institutes)
    json["institutes"].push_back(institute.name);
  json["hosts"] = (*policy)->policy.hosts;
  if (options.json) {
    std::printf("%s\n", json.dump().c_str());
    return 0;
  }
  for (const auto& [name, value] : json.items()) {
    std::printf("%-12s %s\n", name.c_str(),
                (value.is_string() ? value.get<std::string>() : value.dump()).c_str());
  }
  return 0;
}

namespace {

constexpr std::size_t kMaxJson = 256 * 1024;

/// Progress of work that learns how much there is when it begins.
class RowProgress {
 public:
  explicit RowProgress(std::string doing) : doing_(std::move(doing)) {}
  SnapshotProgress function() {
    return [this](std::uint64_t done, std::uint64_t total) {
      if (!progress_) progress_.emplace(doing_, total);
      progress_->Advance(done - done_);
      done_ = done;
    };
  }

 private:
  std::string doing_;
  std::optional<Progress> progress_;
  std::uint64_t done_ = 0;
};

/// "2 institute, 1 new-key".
std::string SignersText(const std::vector<Signer>& signers) {
  std::string text;
  for (std::size_t i = 0; i < signers.size();) {
    std::size_t same = i;
    while (same < signers.size() && signers[same].role == signers[i].role) ++same;
    text += (text.empty() ? "" : ", ") + std::to_string(same - i) + " " +
            std::string(Name(signers[i].role));
    i = same;
  }
  return text;
}

bool IsAbout(const Record& record, const std::optional<Prefix>& wanted) {
  if (!wanted) return true;
  const auto subject = Prefix::Parse(record.subject.value_or(""));
  return subject && wanted->Covers(*subject);
}

/// One entry as a line; `accepted` says whether it changed anything.
void PrintEntry(Index index, const ClaimedRecord& claimed, bool accepted, bool json) {
  const Record& record = claimed.record;
  if (json) {
    std::string line = RecordJson(record, claimed.signers);
    line.insert(1, "\"index\":" + std::to_string(index.value) +
                       ",\"accepted\":" + (accepted ? "true," : "false,"));
    std::printf("%s\n", line.c_str());
    return;
  }
  std::printf("%6llu  %-12s  %-20s  signed by %s%s\n", static_cast<unsigned long long>(index.value),
              std::string(Name(record.type())).c_str(),
              Printable(record.subject.value_or("-")).c_str(), SignersText(claimed.signers).c_str(),
              accepted ? "" : "  (refused)");
}

}  // namespace

Result<int> LedgerLog(const LedgerLogOptions& options) {
  std::optional<Prefix> wanted;
  if (!options.id.empty()) {
    const auto id = CityId::ParseTyped(options.id);
    const auto prefix = id ? Result<Prefix>(Prefix(*id)) : Prefix::Parse(options.id);
    if (!prefix) return Error{Errc::kUsage, prefix.error().detail};
    wanted = *prefix;
  }
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  return PrintLog(*replica, wanted, options.json);
}

Result<int> PrintLog(const Replica& replica, const std::optional<Prefix>& wanted, bool json) {
  const auto view = replica.Read();
  if (!view) return view.error();
  for (Index index; index.value < view->head().size.value; ++index.value) {
    const auto entry = view->Entry(index);
    if (!entry) return entry.error();
    const auto draft = ParseDraft(*entry);
    if (!draft) {
      if (!wanted)
        std::printf("%6llu  (not a record)\n", static_cast<unsigned long long>(index.value));
      continue;
    }
    if (!IsAbout(draft->claimed.record, wanted)) continue;
    const auto place = view->FindDraft(draft->id);
    if (!place) return place.error();
    const bool state_root = draft->claimed.record.type() == RecordType::kStateRoot;
    PrintEntry(index, draft->claimed, *place == index || state_root, json);
  }
  return 0;
}

Result<int> LedgerExport(const LedgerExportOptions& options) {
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto written = ExportLog(*view, options.output);
  if (!written) return written.error();
  std::printf("%llu entries, %zu files written\n",
              static_cast<unsigned long long>(view->head().size.value), *written);
  return 0;
}

Result<int> LedgerSnapshot(const LedgerSnapshotOptions& options) {
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  std::filesystem::path file = options.output;
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) file /= std::to_string(view->head().size.value);
  RowProgress progress("writing rows:");
  const auto written = WriteSnapshot(*view, file, progress.function());
  if (!written) return written.error();
  std::printf("%s\n", file.c_str());
  return 0;
}

Result<int> LedgerRestore(const LedgerRestoreOptions& options, std::chrono::sys_seconds now) {
  const auto trust = ReadTrustFile(options.trust);
  if (!trust) return trust.error();
  RowProgress progress("restoring rows:");
  const auto restored =
      RestoreSnapshot(options.file, options.ledger, trust->trust, now, progress.function());
  if (!restored) return restored.error();
  auto replica = Replica::Open(options.ledger, Lmdb::Mode::kWrite);
  if (!replica) return replica.error();
  RowProgress names("indexing names:");
  if (const auto indexed = replica->IndexTerms(names.function()); !indexed) return indexed.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  std::printf("%llu entries, as of %s\n", static_cast<unsigned long long>(view->head().size.value),
              TimeText(view->head().time).c_str());
  return 0;
}

Result<int> LedgerVerify(const LedgerVerifyOptions& options) {
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  // Replayed beside it, where there is room for a second one.
  const std::string scratch = std::filesystem::path(options.ledger).lexically_normal().string() +
                              ".verify-" + std::to_string(::getpid());
  Progress progress("verifying entries:", view->head().size.value);
  std::uint64_t done = 0;
  const auto verified = VerifyLedger(*view, scratch, [&](TreeSize size) {
    progress.Advance(size.value - done);
    done = size.value;
  });
  std::error_code error;
  std::filesystem::remove_all(scratch, error);
  std::filesystem::remove_all(scratch + ".founding", error);
  if (!verified) return verified.error();
  std::printf("%llu entries: every signature, rule, hash and stored value is right\n",
              static_cast<unsigned long long>(view->head().size.value));
  return 0;
}

Result<int> LedgerInit(const LedgerInitOptions& options, std::chrono::sys_seconds now) {
  if (!options.genesis.empty()) {
    if (options.ledger.empty()) return Error{Errc::kUsage, "--ledger DIR says where to found it"};
    const auto genesis = ReadFile(options.genesis, kMaxRecord);
    if (!genesis) return genesis.error();
    const auto replica = Replica::Create(options.ledger, *genesis, now);
    if (!replica) return replica.error();
    std::printf("%s\n", Hex(HashRecord(*genesis)).c_str());
    return 0;
  }
  if (options.policy.empty() || options.origin.empty() || options.output.empty()) {
    return Error{Errc::kUsage,
                 "give --policy, --origin and -o to make a record, or --genesis and --ledger"};
  }
  const auto text = ReadFile(options.policy, kMaxJson);
  if (!text) return text.error();
  auto policy = ParsePolicyJson(AsText(*text));
  if (!policy) return policy.error().In(options.policy);
  auto draft = DraftRecord({{}, {}, {}, {}, {}, Genesis{options.origin, *std::move(policy)}});
  if (!draft) return draft.error();
  RecordTarget target;
  target.output = options.output;
  const auto keys = OpenKeys(options.keys, options.passphrase);
  if (!keys) return keys.error();
  const auto entry = SignDraft(MemoryState(), *std::move(draft), *keys, target, now);
  if (!entry) return entry.error();
  if (const auto written = WriteFile(options.output, *entry); !written) return written.error();
  std::fprintf(stderr, "wrote %s\n", options.output.c_str());
  return 0;
}

}  // namespace cityid::cli
