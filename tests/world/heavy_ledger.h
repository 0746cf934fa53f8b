// The heaviest ledger that the rules allow: records as large as they may be, in numbers, so that
// whatever a request reads of it is the most that it can read.
#pragma once

#include <string>
#include <vector>

#include "ledger/consortium/registry.h"
#include "tests/world/published.h"

namespace cityid::testing {

/// A holding whose record is just below the largest, of names that all begin alike and of endpoints
/// with one relation. `names` is the part of names in it, from 0 to 1; `letter` is what they have
/// most of.
inline Holding HeavyHolding(double names, const std::string& letter) {
  constexpr std::size_t kRecord = kMaxRecord - 2048;  // room for signatures
  const auto of_names = static_cast<std::size_t>(static_cast<double>(kRecord) * names);
  Holding holding;
  holding.metadata.level = "city";
  const auto name = [&](std::size_t number) {
    std::string text = "a" + std::to_string(number);
    while (text.size() + letter.size() <= 500) text += letter;
    return text;
  };
  std::size_t size = 200;
  for (char first = 'a'; first <= 'z' && size < of_names; ++first) {
    for (char second = 'a'; second <= 'z' && size < of_names; ++second) {
      // Chinese has terms of pinyin, too.
      const std::string tag = (letter.size() > 1 ? "zh-" : "") + std::string{first, second};
      holding.metadata.names[tag] = name(size);
      size += 512;
    }
  }
  if (holding.metadata.names.empty()) holding.metadata.names["en"] = "A";
  for (std::size_t i = 0; i < 64 && size < kRecord; ++i) {
    Endpoint endpoint;
    endpoint.rel = "_heavy";
    endpoint.href = "https://data.example/" + std::to_string(i);
    endpoint.conforms_to = {"https://standard.example/heavy"};
    size += 110;
    for (char tag = 'a'; tag <= 'z' && size + 512 * (63 - i) / 8 < kRecord; ++tag) {
      endpoint.title[std::string("x") + tag] = name(i).substr(0, 100);
      size += 108;
    }
    holding.endpoints.push_back(std::move(endpoint));
  }
  return holding;
}

/// The ledger, and a registry whose inbox is full of heavy applications.
class HeavyLedger {
 public:
  static constexpr std::size_t kSiblings = 110;
  static constexpr std::size_t kChanges = 120;

  HeavyLedger() : ledger_(consortium_) {
    std::string deep = "MA.156.1301";
    std::vector<Bytes> entries{Assign(deep, HeavyHolding(0.6, "\""))};
    for (int level = 2; level <= 8; ++level) {
      deep += ".A";
      entries.push_back(Assign(deep, HeavyHolding(0.6, "\"")));
    }
    deepest_ = deep;
    AppendAll(entries);
    entries.clear();
    for (std::size_t i = 0; i < kSiblings; ++i) {
      // Half of them are mostly names, in a script that has a term for each character.
      const bool names = i % 2 == 0;
      entries.push_back(Assign("MA.156.1301.S" + std::to_string(100 + i),
                               HeavyHolding(names ? 0.95 : 0.2, names ? "\xE7\x9F\xB3" : "&")));
    }
    AppendAll(entries);
    for (std::size_t i = 0; i < kChanges; ++i) Change(i);
  }

  void AppendAll(const std::vector<Bytes>& entries) {
    for (std::size_t i = 0; i < entries.size(); i += 50)
      ledger_.Append(
          {entries.begin() + static_cast<std::ptrdiff_t>(i),
           entries.begin() + static_cast<std::ptrdiff_t>(std::min(i + 50, entries.size()))});
  }

  /// Fills the inbox of `registry` with applications that nobody with a say has signed.
  void FillInbox(Registry& registry, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string id = "MA.156.9" + std::to_string(100 + i);
      const SecretKey key = KeyNamed(id + " record");
      Record record = consortium_.AssignRecord(id, {RecordKey(key)});
      std::get<cityid::Assign>(record.body).holding = HeavyHolding(0.5, "\"");
      std::get<cityid::Assign>(record.body).holding.keys = {RecordKey(key)};
      record.not_after =
          static_cast<std::uint64_t>((kNow + std::chrono::hours(24)).time_since_epoch().count());
      const auto submitted = registry.Submit(*SignRecord(record, {{Role::kNewKey, &key}}), kNow);
      if (!submitted) throw std::runtime_error(submitted.error().detail);
    }
  }

  PublishedLedger& ledger() { return ledger_; }
  const std::string& deepest() const { return deepest_; }

 private:
  Bytes Assign(const std::string& id, Holding holding) const {
    const SecretKey key = KeyNamed(id + " record"), code = KeyNamed(id + " code");
    Record record = consortium_.AssignRecord(id, {});
    holding.keys = {RecordKey(key), CodeKey(code, {Purpose::kCity, Purpose::kUnit}, 0)};
    auto& assign = std::get<cityid::Assign>(record.body);
    assign.holding = std::move(holding);
    std::vector<SigningKey> signers = consortium_.Institutes(2);
    signers.push_back({Role::kNewKey, &key});
    signers.push_back({Role::kNewKey, &code});
    return *SignRecord(record, signers);
  }
  void Change(std::size_t number) {
    const LedgerView view = ledger_.Read();
    const std::string id = "MA.156.1301";
    Update update{*ReadHolding(view, **FindIdentifier(view, Id(id)))};
    update.holding.metadata.population = number;
    ledger_.Append({SignNamed(ByHolder(view, id, update), {{Role::kHolder, id + " record"}})},
                   kNow + std::chrono::seconds(number));
  }

  Consortium consortium_;
  PublishedLedger ledger_;
  std::string deepest_;
};

}  // namespace cityid::testing
