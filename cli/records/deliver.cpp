#include "cli/records/deliver.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "cli/console/clock.h"
#include "cli/console/remote_json.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "cli/records/waiting.h"
#include "codec/text.h"
#include "ledger/consortium/registry.h"
#include "ledger/terms/normal_text.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

/// Prints what became of a record that was handed in. `index`: empty while it waits.
/// `registry`: where it waits; empty for a ledger directory.
void PrintSubmission(const std::string& id, const std::string& index, bool published,
                     const Missing& missing, const std::string& registry) {
  if (!index.empty()) {
    std::printf("sequenced %s\n", index.c_str());
    if (!published)
      Say("it is kept and has its place; a quorum of the institutes has not cosigned it yet");
    return;
  }
  std::printf("waiting %s\n", Printable(id).c_str());
  Say(missing.none() ? "it is complete and waits for its place"
                     : "still missing: " + Printable(MissingText(missing)));
  if (!registry.empty()) {
    Say("what became of it says: cityid applications " + Printable(id) + " --registry " + registry);
  }
}

Missing ReadMissing(const RemoteJson& json) {
  Missing missing{json["who"].Plain(), ParseDecimal(json["signatures"].Plain()).value_or(0), {}};
  for (const RemoteJson& text : json["new_keys"].items()) {
    const auto bytes = FromHex(text.Plain());
    const auto key = bytes ? PublicKey::From(*bytes) : std::nullopt;
    if (key) missing.new_keys.push_back(*key);
  }
  return missing;
}

/// Asks what became of a complete record until it has its place or was refused, for up to so many
/// seconds. Returns the last answer.
Result<RemoteJson> WaitForPlace(const std::string& registry, const std::string& id,
                                unsigned seconds) {
  constexpr std::chrono::milliseconds kLongest{1000};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, kLongest)) {
    auto standing = FetchStanding(registry, id);
    const bool waits = !standing || (*standing)["state"].Plain() == "waiting" ||
                       (*standing)["state"].Plain() == "unpublished";
    if (!waits || std::chrono::steady_clock::now() + pause > deadline) return standing;
    std::this_thread::sleep_for(pause);
  }
}

Result<int> PostToRegistry(ByteView entry, const RecordTarget& target) {
  const std::string& registry = target.registry;
  const auto fetched =
      Post(registry, "/registry/applications", "application/cose", std::string(AsText(entry)));
  if (!fetched) return fetched.error();
  RemoteJson json = RemoteJson::Parse(fetched->body);
  if (!json.IsObject())
    return Error{Errc::kNetwork, registry + " does not answer as a registry does"};
  if (fetched->status != 201 && fetched->status != 202) {
    const Errc code = fetched->status == 503 || fetched->status == 429 ? Errc::kBusy
                      : fetched->status >= 500                         ? Errc::kNetwork
                                                                       : Errc::kRefused;
    return Error{code, registry + " refused it: " + Printable(json["detail"].Plain())};
  }
  const std::string id = json["id"].Plain();
  const Missing missing = ReadMissing(json["missing"]);
  if (missing.none() && json["state"].Plain() != kSequenced) {
    auto standing = WaitForPlace(registry, id, target.wait);
    if (!standing) return standing.error().In("it was taken in as " + Printable(id));
    json = *std::move(standing);
    if (json["why"].IsPresent())
      return Error{Errc::kRefused, registry + " refused it: " + Printable(json["why"].Plain())};
  }
  PrintSubmission(id, json["index"].Plain(), json["state"].Plain() == kSequenced, missing,
                  registry);
  return 0;
}

}  // namespace

void PrintNext(RecordType type, const Missing& missing, const std::string& file) {
  if (!missing.none()) {
    Say("still missing: " + Printable(MissingText(missing)) + "; add it with: cityid approve " +
        file + " --key KEY -o FILE");
  } else if (type == RecordType::kGenesis) {
    Say("every signature is there; found the ledger with: cityid ledger init --genesis " + file +
        " --ledger DIR");
  } else {
    Say("every signature is there; hand it in with: cityid submit " + file);
  }
}

Result<int> Deliver(StateSource source, Record record, const RecordTarget& target,
                    std::vector<KeyFile> keys, std::chrono::sys_seconds now) {
  const auto policy = FindPolicy(*source.state);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "the ledger has no policy"};
  record.log = (*policy)->log;
  // The ledger's time counts where it is ahead of this clock.
  const auto time = std::max(now, source.rules_time);
  record.not_after = Seconds(time + std::chrono::days(target.days));
  const auto more = FindKeyFiles(target.keys);
  if (!more) return more.error();
  keys.insert(keys.end(), more->begin(), more->end());
  NormalizeTexts(record);
  Draft draft(std::move(record));
  const auto missing = SignDraft(*source.state, draft, keys, target.signing, time);
  if (!missing) return missing.error();
  if (!*missing) return 0;
  // Where the record is handed in at once, the answer says what is missing.
  if (!target.output.empty()) PrintNext(draft.record().type(), **missing, target.output);
  const auto entry = draft.Write();
  if (!entry) return entry.error();
  source.Close();
  return Send(*entry, target, now);
}

Result<int> Send(ByteView entry, const RecordTarget& target, std::chrono::sys_seconds now) {
  if (!target.output.empty()) {
    if (const auto written = WriteOutput(target.output, entry); !written) return written.error();
    SayWritten(target.output);
    return 0;
  }
  if (!target.registry.empty()) return PostToRegistry(entry, target);
  auto replica = Replica::Open(target.ledger, Replica::Mode::kWrite);
  if (!replica) return replica.error();
  const auto registry = Registry::Open(std::filesystem::path(target.ledger) / "inbox", *replica);
  if (!registry) return registry.error();
  const auto submission = (*registry)->SubmitAndPublish(entry, now);
  if (!submission) return submission.error();
  PrintSubmission(Hex(submission->id),
                  submission->index ? std::to_string(submission->index->value) : std::string(),
                  submission->published, submission->missing, {});
  return 0;
}

}  // namespace cityid::cli
