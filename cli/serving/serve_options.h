// What `cityid serve` can be told, on the command line or in a file (docs/operations.md).
#pragma once

#include <string>
#include <vector>

#include "cli/serving/config.h"
#include "cli/serving/follow.h"
#include "cli/serving/publishing.h"
#include "codec/result.h"
#include "resolver/routing/route.h"

namespace cityid::cli {

/// Times are in seconds.
struct ServeOptions {
  std::string ledger;
  std::vector<std::string> listen;  ///< "127.0.0.1:8080" if there is no address at all
  std::vector<std::string> listen_tls, listen_redirect;
  std::string tls_certificate, tls_key;
  std::vector<std::string> names, proxies;
  std::string metrics;  ///< address of the operator's listener; empty: none
  unsigned threads = 0;
  bool registry = false;  ///< takes applications and sequences records
  unsigned map_size = 0;  ///< GiB that the ledger may grow to; 0: as before, at least 64
  std::string snapshots;  ///< directory with a snapshot file for each size, handed out
  std::string robots;     ///< file that is served as /robots.txt; empty: ours
  std::vector<std::string> security_contacts, security_languages;  ///< of security.txt
  unsigned pictures = 2;  ///< processes that read pictures; 0: none are read
  std::string web;        ///< directory with the scanner's program; empty: none
  unsigned soft_age = 3600, hard_age = 7 * 24 * 3600;
  unsigned keep = 60;   ///< the longest that caches may keep an answer
  unsigned cache = 64;  ///< MiB a loop
  unsigned head_time = 10, body_time = 30, idle_time = 30, write_time = 30, drain_time = 10;
  unsigned connections = 20'000, client_connections = 1024;
  unsigned client_requests = 500, client_burst = 1000;
  unsigned held = 64;  ///< MiB
  bool limit_loopback = false;
  std::string log_format = "text";
  bool log_requests = false, log_addresses = false;
  PublishOptions publish;
  FollowOptions follow;  ///< without mirrors: the ledger is served as it is
};

/// One of them: an option of the command line and a key of the file, with the same name.
struct ServeSetting {
  const char* name;
  ConfigTarget target;
  const char* help;
};

/// Returns all of them, with targets in `options`.
std::vector<ServeSetting> ServeSettings(ServeOptions& options);

/// Returns what the options tell crawlers and whoever finds a weakness. Errors: kUsage for a
/// contact or a language that can't stand in security.txt (RFC 9116); those of reading the file for
/// crawlers.
Result<Notices> ReadNotices(const ServeOptions& options);

}  // namespace cityid::cli
