// Following a log from the command line: beside a server, or on its own.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "codec/result.h"
#include "ledger/sync/follower.h"

namespace cityid::cli {

struct FollowOptions {
  std::string ledger;             ///< the replica's directory
  std::vector<std::string> from;  ///< mirrors: URLs, or directories of exported files
  std::string trust;         ///< trust file that the replica has to reach; an empty one needs it
  unsigned interval = 1000;  ///< milliseconds between polls
};

/// Returns the mirrors that are given; nothing is read yet. Errors: those of `OpenMirror`.
Result<std::vector<std::shared_ptr<Source>>> OpenMirrors(const FollowOptions& options);

/// Opens a replica for writing, or creates an empty one. `map_size`: the GiB that it may grow to;
/// 0: as before, at least 64. `journal`: where the registry's journal is, if not beside the ledger.
/// Errors: kRefused for a registry's with a batch that waits for its quorum and isn't in the
/// journal; those of `Replica`.
Result<Replica> OpenFollowing(const std::string& ledger, unsigned map_size,
                              const std::string& journal = {});

/// Returns a follower of the mirrors that are given. `replica` outlives it. Errors: kUsage without
/// a trust file for an empty replica; those of `OpenMirrors` and of the files.
Result<Follower> MakeFollower(Replica& replica, const FollowOptions& options);

/// Polls in a thread until that is destroyed, which also stops a replay. Logs what is wrong.
std::jthread StartFollowing(Follower follower, std::chrono::milliseconds interval);

}  // namespace cityid::cli
