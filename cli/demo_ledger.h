// The demonstration's consortium, cities and codes in one directory, built up step by step so that
// an interrupted run goes on where it stopped.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "codec/result.h"
#include "ledger/replica.h"

namespace cityid::cli {

/// Makes what is missing in `dir`: `keys/` (unencrypted, for demonstration only), `ledger/` with
/// every city of `Cities()` assigned by two of three institutes, `codes/<ID>.png` for each.
/// Confirms the ledger at `now`. Errors: kRefused if the directory was made for another host;
/// kBusy; kFull; kIo.
Result<Replica> BuildDemo(const std::filesystem::path& dir, const std::string& host,
                          std::chrono::sys_seconds now);

}  // namespace cityid::cli
