#include "tests/bench/sample_ledger.h"

#include <stdlib.h>

#include <algorithm>
#include <thread>

#include "ledger/record/signed_record.h"
#include "ledger/state/apply.h"

namespace cityid::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatch = 256;
constexpr std::size_t kInstitutes = 3;

SecretKey KeyOf(const std::string& name) {
  return SecretKey::FromSeed(*Seed::From(Sha256(AsBytes("cityid bench " + name)).view()));
}

SecretKey InstituteKey(std::size_t institute) {
  return KeyOf("institute " + std::to_string(institute));
}

/// What a city says of itself, without its keys.
Holding SampleContent(std::size_t city) {
  const std::string id = SampleId(city).text();
  Holding holding;
  Metadata& metadata = holding.metadata;
  metadata.names = {{"en", "Shijiazhuang"}, {"zh", "石家庄市"}};
  metadata.level = "prefecture";
  metadata.country = "CN";
  metadata.position = Position{380413900, 1144786100};
  metadata.population = 3938513;
  Endpoint catalogue;
  catalogue.rel = "service-desc";
  catalogue.href = "https://data.example.cn/" + id + "/openapi.json";
  catalogue.type = "application/vnd.oai.openapi+json";
  catalogue.title = {{"en", "Open data"}, {"zh", "开放数据"}};
  Endpoint traffic;
  traffic.rel = "_traffic";
  traffic.href = "https://data.example.cn/" + id + "/traffic";
  traffic.type = "application/json";
  traffic.title = {{"en", "Traffic, by the minute"}};
  traffic.access = Access::kRegistered;
  holding.endpoints = {catalogue, traffic};
  return holding;
}

/// Assignments of the cities from `first` up to `last`, made by every core.
std::vector<Bytes> Assignments(std::size_t first, std::size_t last) {
  std::vector<Bytes> entries(last - first);
  const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> workers;
  for (std::size_t worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      for (std::size_t i = worker; i < entries.size(); i += threads) {
        entries[i] = SampleAssignment(first + i);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  return entries;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (fs::temp_directory_path() / "cityid-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

CityId SampleId(std::size_t city) {
  return Must(CityId::Parse("MA.156." + std::to_string(1000 + city)));
}

SecretKey SampleCodeKey(std::size_t city) { return KeyOf("code " + std::to_string(city)); }

ClaimedCode SampleCode(std::size_t city, std::uint32_t serial, std::chrono::sys_seconds issued) {
  const SecretKey key = SampleCodeKey(city);
  const KeyHint kid = HintOf(key.public_key());
  return Must(
      SignCode(CodeClaims{SampleId(city), Purpose::kCity, kid, serial, issued, 0, {}}, key));
}

std::string SamplePath(const ClaimedCode& code) {
  return "/" + code.claims.subject.text() + "/" + WriteToken(code);
}

SecretKey SampleLogKey() { return KeyOf("log"); }
SecretKey SampleWitnessKey(std::size_t institute) {
  return KeyOf("witness " + std::to_string(institute));
}

Bytes SampleGenesis() {
  const SecretKey log_key = KeyOf("log");
  Genesis genesis{std::string(kHost) + "/ledger", {}};
  Policy& policy = genesis.policy;
  policy.log_keys = {log_key.public_key()};
  policy.quorum = 2;
  policy.hosts = {kHost};
  policy.rules = kNewestRules;
  std::vector<SecretKey> keys;
  for (std::size_t i = 0; i < kInstitutes; ++i) {
    const std::string number = std::to_string(i);
    keys.push_back(InstituteKey(i));
    keys.push_back(KeyOf("witness " + number));
    policy.institutes.push_back({"institute-" + number + ".example",
                                 {{"en", "Institute " + number}, {"zh", "研究院" + number}},
                                 keys[2 * i].public_key(),
                                 keys[2 * i + 1].public_key()});
  }
  std::vector<SigningKey> signing = {{Role::kNewKey, &log_key}};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    signing.push_back({i % 2 == 0 ? Role::kInstitute : Role::kNewKey, &keys[i]});
  }
  return Must(SignRecord(Record{{}, {}, {}, {}, {}, genesis}, signing));
}

Bytes SampleAssignment(std::size_t city) {
  return SampleAssignment(city, SampleId(city), SampleContent(city),
                          {{"geonames", std::to_string(1'000'000 + city)}});
}

Bytes SampleAssignment(std::size_t city, const CityId& id, Holding holding, TextMap aliases) {
  static const RecordHash log = HashRecord(SampleGenesis());
  static const SecretKey first = InstituteKey(0);
  static const SecretKey second = InstituteKey(1);
  const SecretKey record_key = KeyOf("record " + std::to_string(city));
  const SecretKey code_key = SampleCodeKey(city);
  holding.keys = {{record_key.public_key(), KeyUse::kRecord, {}, 0, KeyStatus::kActive, {}},
                  {code_key.public_key(),
                   KeyUse::kCode,
                   {Purpose::kCity, Purpose::kUnit, Purpose::kDevice, Purpose::kDocument},
                   1,
                   KeyStatus::kActive,
                   {}}};
  return Must(
      SignRecord(Record{log, id.text(), {}, {}, {}, Assign{std::move(holding), std::move(aliases)}},
                 {{Role::kInstitute, &first},
                  {Role::kInstitute, &second},
                  {Role::kNewKey, &record_key},
                  {Role::kNewKey, &code_key}}));
}

Replica BuildSampleLedger(const fs::path& directory, std::size_t cities,
                          std::chrono::sys_seconds now) {
  Replica replica = Must(Replica::Create(directory, SampleGenesis(), now));
  for (std::size_t start = 0; start < cities; start += kBatch) {
    const std::vector<Bytes> batch = Assignments(start, std::min(start + kBatch, cities));
    for (const Sequenced& outcome : Must(replica.Append(batch, now, Refused::kLeftOut))) {
      if (outcome.refused) throw std::runtime_error(outcome.refused->detail);
    }
  }
  return replica;
}

}  // namespace cityid::bench
