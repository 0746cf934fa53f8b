// Makes a head public: the log's signature and the cosignatures of a quorum (docs/ledger-format.md
// 8).
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "codec/result.h"
#include "ledger/proof/trust.h"
#include "ledger/store/batch.h"
#include "ledger/store/replica.h"
#include "ledger/tlog/note.h"

namespace cityid {

/// What a witness answered to `add-checkpoint` (C2SP tlog-witness).
struct WitnessReply {
  int status = 0;
  std::string body;  ///< 200: cosignature lines; 409: the size that it cosigned last
};

/// A witness that is asked to cosign: over HTTP, or one in this process.
class Cosigner {
 public:
  virtual ~Cosigner() = default;
  /// One `add-checkpoint`. Called from any thread, one call at a time. Errors: kNetwork.
  virtual Result<WitnessReply> AddCheckpoint(const std::string& request) = 0;
  /// For messages: its address.
  virtual std::string name() const = 0;
};

/// What a log signs with, and who cosigns. A consortium whose institutes have machines of their own
/// has no witness keys here.
struct PublisherParts {
  std::vector<SecretKey> log_keys;      ///< one, or the old and the new while they change
  std::vector<SecretKey> witness_keys;  ///< of institutes or outside witnesses, on this machine
  std::vector<std::unique_ptr<Cosigner>> cosigners;
  std::chrono::milliseconds patience = std::chrono::seconds(10);  ///< for all of them together
};

/// One publication at a time.
class Publisher {
 public:
  explicit Publisher(PublisherParts parts);
  /// Waits for witnesses that still are being asked.
  ~Publisher();

  /// Signs the head of `after` and gathers cosignatures, from all witnesses at once, until the
  /// quorum is there. The first checkpoint under a policy also satisfies the policy before it, so
  /// that trust files can follow. Errors: kBusy with who is missing if there is no quorum,
  /// or no key of the policy's log; those of the ledger.
  Result<Publication> Publish(const LedgerView& before, const Batch& after,
                              std::chrono::sys_seconds now);

 private:
  /// A witness, what it cosigned last as far as is known, and what it is being asked.
  struct Asked {
    std::unique_ptr<Cosigner> cosigner;
    TreeSize size;
    std::future<Result<WitnessReply>> reply;
    std::string trouble;  ///< why it did not cosign the last time; empty if it did
  };
  void Gather(Note& note, const Batch& after, const std::vector<Trust>& trusts,
              std::chrono::sys_seconds now);
  Result<void> Ask(Asked& witness, const Note& note, const Batch& after);
  /// Takes a reply. True if the witness is to be asked again, from the size that it named.
  bool Take(Asked& witness, Note& note, TreeSize size, const std::vector<Trust>& trusts);

  PublisherParts parts_;
  std::vector<Asked> witnesses_;
};

/// The body of `add-checkpoint`, and the inverse. Errors: kMalformed, kTooLarge.
struct CosignRequest {
  TreeSize old_size;
  std::vector<NodeHash> consistency;
  std::string note;

  std::string text() const;
  static Result<CosignRequest> Parse(std::string_view text);
};

}  // namespace cityid
