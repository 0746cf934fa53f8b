// Creates ledger directories. Internal to ledger/store/.
#pragma once

#include <filesystem>
#include <functional>

#include "codec/result.h"
#include "ledger/state/ledger.h"
#include "ledger/store/lmdb.h"

namespace cityid {

/// Creates a ledger directory. `fill` writes its tables, without syncing, and returns the head that
/// they have. The database is made beside its final place, over what an interrupted creation left,
/// and moved there when it is complete and on disk: after a crash there is a whole ledger or none.
/// `map_size` as for `Lmdb::Open`. Errors: kRefused if there is a ledger already; kBusy; kIo;
/// kFull; those of `fill`.
Result<void> CreateLedger(const std::filesystem::path& directory,
                          const std::function<Result<Head>(Lmdb&)>& fill, std::size_t map_size = 0);

}  // namespace cityid
