// Makes the names of a replica searchable again, if it was made from a snapshot or was written by a
// version of the program that folds names in another way.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <thread>

#include "codec/result.h"
#include "ledger/store/replica.h"

namespace cityid::cli {

/// Indexes the names if they are not, and logs it. Returns early when `stop` is requested.
void IndexNames(Replica& replica, const std::string& ledger, const std::stop_token& stop = {});

/// Indexes the names in a thread, until that is destroyed. The replica outlives it.
std::jthread StartIndexing(Replica& replica, std::string ledger);

/// Opens a replica to be read. If its names are not indexed and no other process writes the
/// directory, indexes them before; SIGTERM and SIGINT end that. Errors: those of `Replica::Open`;
/// kStopped after such a signal.
Result<Replica> OpenIndexed(const std::string& ledger, std::size_t map_size);

}  // namespace cityid::cli
