// The exit statuses of `cityid` beside 0, which means done and valid.
#pragma once

#include "codec/result.h"

namespace cityid::cli {

inline constexpr int kNo = 1;        ///< the answer is no: forged, revoked, absent, refused
inline constexpr int kUsage = 2;     ///< the command line or a configuration file is wrong
inline constexpr int kCouldNot = 3;  ///< trouble with a file, the network or a passphrase

/// Returns the exit status of a command that ended with an error.
inline int ExitStatus(Errc code) {
  switch (code) {
    case Errc::kUsage:
      return kUsage;
    case Errc::kMalformed:
    case Errc::kUnsupported:
    case Errc::kForged:
    case Errc::kWrongState:
    case Errc::kRefused:
      return kNo;
    default:
      return kCouldNot;
  }
}

/// Returns the exit status of two things together: a wrong command line says nothing of any code; a
/// code that isn't valid is never hidden by another that could not be judged.
inline int Worse(int one, int other) {
  for (const int status : {kUsage, kNo, kCouldNot})
    if (one == status || other == status) return status;
  return 0;
}

/// Returns the error of evidence that is no good: a broken proof, trust file or kept head. It says
/// nothing of what was asked, so it is no *no*.
inline Error NoEvidence(Error error) {
  if (ExitStatus(error.code) == kNo) error.code = Errc::kCorrupt;
  return error;
}

}  // namespace cityid::cli
