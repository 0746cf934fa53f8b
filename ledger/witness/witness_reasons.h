// The reasons for which a witness refuses a checkpoint (docs/witness.md 2).
#pragma once

#include <string>
#include <string_view>

#include "ledger/cosigning/cosigner.h"

namespace cityid {

/// Why a checkpoint is refused: the label of a metric, and the status.
struct Reason {
  std::string_view name;
  int status;
};
inline constexpr Reason kMalformed{"malformed", 400};
inline constexpr Reason kUnsigned{"unsigned", 403};
inline constexpr Reason kUnknownLog{"unknown-log", 404};
inline constexpr Reason kOtherSize{"size", 409};
inline constexpr Reason kEvidence{"evidence", 422};
inline constexpr Reason kHistory{"history", 422};
inline constexpr Reason kGivenUp{"given-up", 422};
inline constexpr Reason kTime{"time", 422};
inline constexpr Reason kState{"state", 422};
inline constexpr Reason kNoMember{"not-in-policy", 422};
inline constexpr Reason kNoJournal{"no-journal", 503};
inline constexpr Reason kNotCompared{"not-compared", 503};
inline constexpr Reason kEntries{"entries", 503};
inline constexpr Reason kBusyFetching{"busy", 503};
inline constexpr Reason kTrouble{"trouble", 503};

/// Returns a refusal with these words.
inline WitnessReply Reply(const Reason& reason, std::string body) {
  return {reason.status, std::move(body) + "\n", reason.name};
}

/// Returns the reply to a request that says nothing about it: something is wrong here.
inline WitnessReply Trouble(const Error& error) { return Reply(kTrouble, error.detail); }

/// Returns the size that the witness cosigned last, as the protocol has it.
inline WitnessReply ReplySize(TreeSize size) {
  return Reply(kOtherSize, std::to_string(size.value));
}

}  // namespace cityid
