// Judging codes by packs alone: no ledger and no network.
#pragma once

#include <string>
#include <vector>

#include "cli/checking/remote_answer.h"
#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/proof/proof.h"

namespace cityid::cli {

/// Packs that were accepted.
class PackJudge {
 public:
  /// Reads packs and a trust file, and verifies them. Compares those that were not accepted before
  /// with the head in the state file `state` (if it isn't empty), and writes down there that they
  /// were accepted. Errors: those of reading; those of `ProvenState::Open`; kForged if two packs
  /// of the same size show different histories; those of different sizes are not compared.
  static Result<PackJudge> Open(const std::vector<std::string>& files, const std::string& trust,
                                const std::string& state);

  /// Returns the answer of the newest pack that reaches one. Errors: kNotFound if none does, so
  /// that nobody can tell; kCorrupt.
  Result<RenderedAnswer> Ask(ByteView content) const;

  /// Returns the hosts of the packs' policies. Errors: kCorrupt.
  Result<std::vector<std::string>> Hosts() const;

 private:
  std::vector<ProvenState> packs_;  // the newest first
};

}  // namespace cityid::cli
