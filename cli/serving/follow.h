// Following a log from the command line: beside a server, or on its own.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.h"
#include "codec/result.h"
#include "ledger/sync/follower.h"

namespace cityid::cli {

/// The replica to follow with: opened for writing, or founded empty. Errors: those of `Replica`.
Result<Replica> OpenFollowing(const std::string& ledger);

/// Mirrors and trust as they were given. Errors: kUsage without a trust file for an empty replica;
/// those of the files.
Result<Follower> MakeFollower(Replica& replica, const FollowOptions& options);

/// Polls in a thread of its own until it is dropped; says on standard error what happens.
class Following {
 public:
  Following(Follower follower, std::chrono::milliseconds interval);
  ~Following();

 private:
  void Run(std::chrono::milliseconds interval);
  Follower follower_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

/// One poll; prints what it came to unless that was said before. Errors: those of `Follower::Poll`.
Result<FollowStep> PollAndSay(Follower& follower, std::string& said);

}  // namespace cityid::cli
