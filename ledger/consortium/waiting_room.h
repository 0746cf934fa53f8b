// Who may wait in a registry's inbox: quotas, so that nobody can fill it for the others.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"

namespace cityid {

/// The bounds on an inbox.
struct RegistryLimits {
  /// Applications that no party with a say has signed. As many again may wait that one has signed,
  /// so that a flood of the former can't keep out the latter.
  std::size_t applications = 10'000;
  std::size_t per_subject = 16;  ///< of those that nobody with a say has signed
  std::size_t per_client = 256;  ///< of those that nobody with a say has signed
  std::chrono::seconds longest_wait = std::chrono::days(90);
  /// How long one waits that nobody with a say has signed.
  std::chrono::seconds unsupported_wait = std::chrono::days(14);
  /// Withdrawn applications that are remembered, and as many rejected ones. Of one client at most
  /// `per_client` withdrawn ones.
  std::size_t refusals = 10'000;
};

/// What is known about an application without reading it.
struct Waiting {
  std::string subject;
  std::uint64_t not_after;
  bool supported;         ///< a party with a say has signed
  bool complete = false;  ///< only a place is missing
  bool official = false;  ///< an institute has signed
  std::chrono::sys_seconds received = {};
  std::uint64_t client = 0;  ///< who handed it in, as a keyed hash; 0: not known, or no limits
};
using WaitingById = std::map<DraftId, Waiting>;

/// What is known about an application that was withdrawn or rejected without reading the statement.
struct KeptRefusal {
  std::uint64_t not_after;   ///< of the application, in seconds since 1970
  std::size_t kind;          ///< of the statement, as the index in `StatementBody`
  std::uint64_t client = 0;  ///< who withdrew it, as in `Waiting`
};

/// Returns the applications that have waited for too long.
std::vector<DraftId> WaitedTooLong(const WaitingById& waiting, const RegistryLimits& limits,
                                   std::chrono::sys_seconds now);

/// Returns which application leaves a full inbox for another that has as much support: of the
/// client with the most, if those are over 16; else of the prefix above their subjects with the
/// most, and there of the client with the most; of several the one that came first. So a flood
/// pushes out itself, whether it comes from few clients or is about one prefix. Nothing if that
/// would be the newcomer's own client.
std::optional<DraftId> WhoLeaves(const WaitingById& waiting, const Waiting& newcomer);

/// A secret by which a client's address becomes a number that says nothing of it.
class ClientHash {
 public:
  ClientHash();
  /// Reads the secret in `file`. Makes a new one if `anew`, or if none is there that only its owner
  /// can read, and writes it there. Errors: those of writing.
  static Result<ClientHash> Open(const std::filesystem::path& file, bool anew);
  /// Returns another number than 0 for a client's key other than 0, and 0 for 0.
  std::uint64_t Of(std::uint64_t client) const;

 private:
  Bytes secret_;
};

/// Returns the number of unsupported applications of a client.
std::size_t CountOfClient(const WaitingById& waiting, std::uint64_t client);

/// Returns the clients with the most unsupported applications, the fullest first, at most `count`.
std::vector<std::pair<std::uint64_t, std::size_t>> FullestClients(const WaitingById& waiting,
                                                                  std::size_t count);

}  // namespace cityid
