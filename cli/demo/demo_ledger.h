// The demonstration's consortium, cities and codes in one directory. They are made step by step, so
// that the next run continues one that was interrupted.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/demo/cities.h"
#include "codec/drawing/printer.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/consortium/registry.h"

namespace cityid::cli {

/// The city that the story is about (cli/demo/story.h). `BuildDemo` assigns all others.
inline constexpr const char* kStoryCity = "MA.156.1301";

/// A demonstration directory, opened for writing.
struct DemoLedger {
  Replica replica;
  std::vector<City> cities;
  std::vector<SecretKey> institute_keys;  ///< record keys
  RecordHash log;
  std::string host;
  Registry::Publish publish;  ///< with the log's and every institute's witness key
};

/// Draws codes with captions. If they can't be drawn, says so on standard error once, and draws
/// codes without.
class DemoPictures {
 public:
  /// Signs a code with the key at `key_path`, draws it as a PNG, and returns its serial.
  Result<std::uint32_t> Draw(const City& city, const std::filesystem::path& key_path,
                             const std::filesystem::path& output, const std::string& host,
                             std::chrono::sys_seconds now);
  /// Says on standard error how many names no font here could show, if there are any.
  void SayLeftOut() const;

 private:
  Result<Bytes> Picture(const City& city, const std::string& host, const ModuleMatrix& symbol);
  Result<DrawnFile> WithCaption(const Drawing& drawing);
  bool bare_ = false;
  std::size_t names_left_out_ = 0;
  std::optional<Printer> printer_;  ///< started for the first picture
};

/// Makes what is missing in `dir`: `keys/` (unencrypted, for demonstration only), `trust.txt`,
/// `ledger/` with every city but one assigned by two of three institutes, `codes/<ID>.png` for
/// each. Confirms the ledger at `now`. Errors: kRefused if the directory was made for another host;
/// kBusy; kFull; kIo.
Result<DemoLedger> BuildDemo(const std::filesystem::path& dir, const std::string& host,
                             DemoPictures& pictures, std::chrono::sys_seconds now);

/// Opens the key at `path`, or makes it, without a passphrase.
Result<SecretKey> DemoKey(const std::filesystem::path& path);

/// Returns the assignment of a city with these two keys.
Assign DemoAssign(const City& city, const SecretKey& record_key, const SecretKey& code_key);

}  // namespace cityid::cli
