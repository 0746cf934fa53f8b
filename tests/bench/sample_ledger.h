// A ledger of any size for benchmarks: the demo's consortium, made-up cities, keys from their
// numbers, so that nothing but the ledger has to be kept.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec/city_code.h"
#include "codec/result.h"
#include "ledger/record/content.h"
#include "ledger/store/replica.h"

namespace cityid::bench {

/// The value; throws if there is none, for a benchmark has no other way out.
template <class T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}
inline void Must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().detail);
}

/// The host of the sample's policy and codes.
inline constexpr const char* kHost = "id.example.cn";

/// A directory of its own, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// "MA.156.1000", "MA.156.1001" ...
CityId SampleId(std::size_t city);
SecretKey SampleCodeKey(std::size_t city);

/// A code of a city, for ever.
ClaimedCode SampleCode(std::size_t city, std::uint32_t serial, std::chrono::sys_seconds issued);
/// "/MA.156.1000/0123...", as a client asks for it.
std::string SamplePath(const ClaimedCode& code);

/// What signs and cosigns its checkpoints: the log, and the witnesses of institutes 0 to 2.
SecretKey SampleLogKey();
SecretKey SampleWitnessKey(std::size_t institute);

/// The founding record of the sample's log, and its hash.
Bytes SampleGenesis();
/// An `assign` record with two signatures of institutes and two of new keys.
Bytes SampleAssignment(std::size_t city);
/// The same for another identifier, with its content; the keys are those of `city`.
Bytes SampleAssignment(std::size_t city, const CityId& id, Holding holding, TextMap aliases);

/// Founds a ledger in an empty directory and assigns `cities` identifiers, in batches of 256.
Replica BuildSampleLedger(const std::filesystem::path& directory, std::size_t cities,
                          std::chrono::sys_seconds now);

}  // namespace cityid::bench
