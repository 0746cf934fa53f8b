#include "cli/demo/demo_ledger.h"

#include <array>

#include "cli/checking/trust_file.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "cli/demo/cities.h"
#include "cli/serving/index_names.h"
#include "cli/serving/publishing.h"
#include "codec/city_code.h"
#include "codec/drawing/caption_texts.h"
#include "codec/files/file.h"
#include "codec/files/key_file.h"
#include "codec/symbol/draw.h"
#include "codec/symbol/qr.h"
#include "ledger/consortium/confirmation.h"
#include "ledger/state/apply.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

constexpr std::size_t kBatch = 256;
constexpr std::size_t kInstitutes = 3;
constexpr std::uint8_t kQuorum = 2;
constexpr int kScale = 8;

struct Consortium {
  std::vector<SecretKey> record_keys;
  std::vector<SecretKey> witness_keys;
};

Result<Consortium> DemoConsortium(const fs::path& keys) {
  Consortium consortium;
  for (char name = 'a'; consortium.record_keys.size() < kInstitutes; ++name) {
    const std::string stem = std::string("institute-") + name;
    auto record_key = DemoKey(keys / (stem + ".record.key"));
    if (!record_key) return record_key.error();
    auto witness_key = DemoKey(keys / (stem + ".witness.key"));
    if (!witness_key) return witness_key.error();
    consortium.record_keys.push_back(*std::move(record_key));
    consortium.witness_keys.push_back(*std::move(witness_key));
  }
  return consortium;
}

Result<Bytes> DemoGenesis(const Consortium& consortium, const SecretKey& log_key,
                          const std::string& host) {
  constexpr std::array<const char*, kInstitutes> kTitles = {"A", "B", "C"};
  Genesis genesis{host + "/ledger", {}};
  Policy& policy = genesis.policy;
  policy.log_keys = {log_key.public_key()};
  policy.rules = kNewestRules;
  policy.quorum = kQuorum;
  policy.hosts = {host};
  std::vector<SigningKey> signing = {{Role::kNewKey, &log_key}};
  for (std::size_t i = 0; i < kInstitutes; ++i) {
    const std::string letter = kTitles[i];
    const std::string name = "institute-" + std::string(1, static_cast<char>('a' + i)) + ".example";
    policy.institutes.push_back({name,
                                 {{"en", "Institute " + letter + " (demonstration)"},
                                  {"zh", "研究院" + letter + "（演示）"}},
                                 consortium.record_keys[i].public_key(),
                                 consortium.witness_keys[i].public_key()});
    signing.push_back({Role::kInstitute, &consortium.record_keys[i]});
    signing.push_back({Role::kNewKey, &consortium.witness_keys[i]});
  }
  return SignRecord(Record{{}, {}, {}, {}, {}, genesis}, signing);
}

/// Returns the file of a city's newest code key.
fs::path CodeKeyPath(const fs::path& keys, const CityId& id) {
  const fs::path rotated = keys / (id.text() + ".code2.key");
  return fs::exists(rotated) ? rotated : keys / (id.text() + ".code.key");
}

/// Returns an `assign` record for the city, signed by its new keys and two institutes.
Result<Bytes> DemoAssignment(const City& city, const RecordHash& log, const fs::path& keys,
                             const Consortium& consortium) {
  const auto record_key = DemoKey(keys / (city.id.text() + ".record.key"));
  if (!record_key) return record_key.error();
  const auto code_key = DemoKey(CodeKeyPath(keys, city.id));
  if (!code_key) return code_key.error();
  return SignRecord(
      Record{log, city.id.text(), {}, {}, {}, DemoAssign(city, *record_key, *code_key)},
      {{Role::kInstitute, &consortium.record_keys[0]},
       {Role::kInstitute, &consortium.record_keys[1]},
       {Role::kNewKey, &*record_key},
       {Role::kNewKey, &*code_key}});
}

Result<Replica> DemoReplica(const fs::path& dir, const Consortium& consortium,
                            const SecretKey& log_key, const std::string& host, sys_seconds now) {
  if (fs::exists(dir / "ledger" / "data.mdb")) {
    auto replica = Replica::Open(dir / "ledger", Replica::Mode::kWrite);
    if (!replica) return replica;
    IndexNames(*replica, dir / "ledger");
    return replica;
  }
  const auto genesis = DemoGenesis(consortium, log_key, host);
  if (!genesis) return genesis.error();
  return Replica::Create(dir / "ledger", *genesis, now);
}

/// Returns the cities that are not in the ledger yet, without the one of the story.
Result<std::vector<const City*>> Missing(const Replica& replica, const std::vector<City>& cities) {
  const auto view = replica.Read();
  if (!view) return view.error();
  std::vector<const City*> missing;
  for (const City& city : cities) {
    if (city.id.text() == kStoryCity) continue;
    const auto found = FindIdentifier(*view, city.id);
    if (!found) return found.error();
    if (!*found) missing.push_back(&city);
  }
  return missing;
}

/// Confirms that the keys may sign. All institutes are on this machine, so nobody can be asked.
Result<void> ConfirmAlone(Replica& replica, Publisher& publisher, const Policy& policy) {
  std::vector<std::string> all;
  for (const Institute& institute : policy.institutes) all.push_back(institute.name);
  const auto standing = Confirmation(replica, publisher, all).Step();
  if (!standing) return standing.error();
  if (standing->kind == Standing::Kind::kConfirmed) return {};
  return Error{Errc::kBusy, standing->waits_for};
}

Result<void> AssignCities(Replica& replica, const std::vector<City>& cities, const RecordHash& log,
                          const fs::path& keys, const Consortium& consortium,
                          const Registry::Publish& publish_at, sys_seconds now) {
  const auto publish = [&](const LedgerView& before, const Batch& after) {
    return publish_at(before, after, now);
  };
  const auto missing = Missing(replica, cities);
  if (!missing) return missing.error();
  Progress progress("assigning cities:");
  for (std::size_t start = 0; start < missing->size(); start += kBatch) {
    std::vector<Bytes> batch;
    for (std::size_t i = start; i < std::min(start + kBatch, missing->size()); ++i) {
      auto entry = DemoAssignment(*(*missing)[i], log, keys, consortium);
      if (!entry) return entry.error();
      batch.push_back(*std::move(entry));
      progress.Show(i + 1, missing->size());
    }
    const auto outcomes = replica.Append(batch, now, Refused::kLeftOut, publish);
    if (!outcomes) return outcomes.error();
    for (const Sequenced& outcome : *outcomes) {
      if (outcome.refused) return outcome.refused->In("assigning the cities");
    }
  }
  // An empty batch confirms the ledger, so that it is as fresh as this run.
  const auto confirmed = replica.Append({}, now, Refused::kLeftOut, publish);
  if (!confirmed) return confirmed.error();
  return {};
}

Result<void> DrawCodes(const fs::path& dir, const std::vector<City>& cities,
                       const std::string& host, DemoPictures& pictures, sys_seconds now) {
  Progress progress("drawing codes:");
  std::size_t done = 0;
  for (const City& city : cities) {
    const fs::path output = dir / "codes" / (city.id.text() + ".png");
    if (!fs::exists(output)) {
      const fs::path key_path = CodeKeyPath(dir / "keys", city.id);
      if (const auto key = DemoKey(key_path); !key) return key.error();
      const auto drawn = pictures.Draw(city, key_path, output, host, now);
      if (!drawn) return drawn.error();
    }
    progress.Show(++done, cities.size());
  }
  return {};
}

}  // namespace

Result<SecretKey> DemoKey(const fs::path& path) {
  if (fs::exists(path)) return OpenKeyFile(path, std::nullopt);
  SecretKey key = SecretKey::Generate();
  // An interrupted run left a counter without its key. No serial of it was ever used.
  fs::remove(path.string() + ".serial");
  if (const auto created = CreateKeyFile(path, key, std::nullopt); !created) return created.error();
  return key;
}

Assign DemoAssign(const City& city, const SecretKey& record_key, const SecretKey& code_key) {
  const std::vector<Purpose> purposes = {Purpose::kCity, Purpose::kUnit, Purpose::kDevice,
                                         Purpose::kDocument};
  Assign assign;
  assign.holding.metadata = city.metadata;
  assign.holding.endpoints = city.endpoints;
  assign.holding.keys = {
      {record_key.public_key(), KeyUse::kRecord, {}, 0, KeyStatus::kActive, {}},
      {code_key.public_key(), KeyUse::kCode, purposes, 1, KeyStatus::kActive, {}}};
  assign.aliases = city.aliases;
  return assign;
}

Result<DrawnFile> DemoPictures::WithCaption(const Drawing& drawing) {
  if (!printer_) {
    auto started = Printer::Start();
    if (!started) return started.error();
    printer_ = *std::move(started);
  }
  return printer_->Draw(drawing);
}

Result<Bytes> DemoPictures::Picture(const City& city, const std::string& host,
                                    const ModuleMatrix& symbol) {
  if (!bare_) {
    const NameList names(city.metadata.names.begin(), city.metadata.names.end());
    auto drawn = WithCaption(
        {symbol, DrawingFormat::kPng, kModuleMillimetres, kScale, CaptionOf(city.id, names, host)});
    if (drawn) {
      names_left_out_ += drawn->left_out.size();
      return std::move(drawn->content);
    }
    // A demonstration without captions is better than none.
    Say("codes have no captions: " + drawn.error().detail);
    bare_ = true;
  }
  return DrawPng(symbol, kScale);
}

void DemoPictures::SayLeftOut() const {
  if (names_left_out_ == 0) return;
  Say("captions of codes lack " + std::to_string(names_left_out_) +
      " names: no font here has their characters; install fonts-noto-cjk and fonts-noto-core, or "
      "what has them, and delete codes/");
}

Result<std::uint32_t> DemoPictures::Draw(const City& city, const fs::path& key_path,
                                         const fs::path& output, const std::string& host,
                                         sys_seconds now) {
  const auto key = OpenKeyFile(key_path, std::nullopt);
  if (!key) return key.error();
  const auto serial = TakeSerials(key_path, 1);
  if (!serial) return serial.error();
  const auto code = SignCode(
      CodeClaims{city.id, Purpose::kCity, HintOf(key->public_key()), *serial, now, 0, {}}, *key);
  if (!code) return code.error();
  const auto url = WriteCodeUrl(host, *code);
  if (!url) return url.error();
  const auto symbol = EncodeQr(CodeUrlSegments(*url), QrLevel::kMedium);
  if (!symbol) return symbol.error();
  const auto png = Picture(city, host, *symbol);
  if (!png) return png.error();
  if (const auto written = WriteFile(output, *png); !written) return written.error();
  return *serial;
}

Result<DemoLedger> BuildDemo(const fs::path& dir, const std::string& host, DemoPictures& pictures,
                             sys_seconds now) {
  for (const char* name : {"keys", "codes"}) {
    std::error_code error;
    fs::create_directories(dir / name, error);
    if (error)
      return Error{Errc::kIo, "cannot create " + (dir / name).string() + ": " + error.message()};
  }
  fs::permissions(dir / "keys", fs::perms::owner_all);
  auto cities = Cities();
  if (!cities) return cities.error();
  auto consortium = DemoConsortium(dir / "keys");
  if (!consortium) return consortium.error();
  auto log_key = DemoKey(dir / "keys" / "log.key");
  if (!log_key) return log_key.error();
  auto replica = DemoReplica(dir, *consortium, *log_key, host, now);
  if (!replica) return replica.error();

  std::optional<PolicyState> policy;
  {
    const auto view = replica->Read();
    if (!view) return view.error();
    auto found = FindPolicy(*view);
    if (!found) return found.error();
    policy = *std::move(found);
  }
  if (policy->policy.hosts != std::vector<std::string>{host}) {
    return Error{Errc::kRefused, dir.string() + " was made for the host " +
                                     policy->policy.hosts.front() +
                                     "; use that one, or another --dir"};
  }
  PublisherParts parts;
  parts.log_keys.push_back(*std::move(log_key));
  parts.witness_keys = std::move(consortium->witness_keys);
  auto journal = Journal::Open(Journal::FileOf(dir / "ledger"));
  if (!journal) return journal.error();
  parts.journal = *std::move(journal);
  const auto publisher = std::make_shared<Publisher>(std::move(parts));
  const Registry::Publish publish = PublishWith(publisher);
  if (const auto confirmed = ConfirmAlone(*replica, *publisher, policy->policy); !confirmed)
    return confirmed.error();
  // An earlier run may have been stopped between a signature and its batch.
  if (const auto done = Sequencer(*replica, publish).Confirm(now); !done) return done.error();
  const auto assigned =
      AssignCities(*replica, *cities, policy->log, dir / "keys", *consortium, publish, now);
  if (!assigned) return assigned.error();
  const auto trusted =
      WriteTrustFile(dir / "trust.txt", {Trust::Of(*policy), policy->policy.version, now});
  if (!trusted) return trusted.error();
  if (const auto drawn = DrawCodes(dir, *cities, host, pictures, now); !drawn) return drawn.error();
  return DemoLedger{*std::move(replica),
                    *std::move(cities),
                    std::move(consortium->record_keys),
                    policy->log,
                    host,
                    publish};
}

}  // namespace cityid::cli
