// Signed statements (docs/ledger-format.md 7): what a party says to a registry off the log, about
// an application that waits. COSE_Sign like a record, with the same headers for its signers, but
// another protected header, so a statement is never valid as a record nor a record as a statement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/result.h"
#include "ledger/record/signed_record.h"

namespace cityid {

/// The bound on a statement, in bytes.
inline constexpr std::size_t kMaxStatement = kMaxSigned;

/// Takes an application back. Signed by a key that signed it when it was handed in first, in the
/// same role.
struct Withdraw {
  static constexpr std::uint64_t kType = 1;
  static constexpr std::string_view kName = "withdraw";
  DraftId draft;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "draft", s.draft);
  }
  friend bool operator==(const Withdraw&, const Withdraw&) = default;
};

/// Says that an institute doesn't approve an application, and why. Signed by the institute.
struct Reject {
  static constexpr std::uint64_t kType = 2;
  static constexpr std::string_view kName = "reject";
  DraftId draft;
  std::string reason;  ///< for people: 1 to 512 bytes of plain text

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "draft", s.draft);
    f(2, "reason", s.reason);
  }
  friend bool operator==(const Reject&, const Reject&) = default;
};

/// What a statement says. To add a kind, write its struct with `kType` and `kName` and list it
/// here.
using StatementBody = std::variant<Withdraw, Reject>;

/// A statement: the payload that is signed.
struct Statement {
  RecordHash log;  ///< the log that it is about
  StatementBody body;
  friend bool operator==(const Statement&, const Statement&) = default;
};

/// Returns "withdraw", "reject" ...
std::string_view Name(const StatementBody& body);

/// A statement whose every signature was verified. Whether the signers may say it is for the reader
/// to check. Only `VerifyStatement` makes one.
class VerifiedStatement {
 public:
  const Statement& statement() const { return statement_; }
  /// Strictly ascending by role and key; at least one.
  const std::vector<Signer>& signers() const { return signers_; }

 private:
  friend Result<VerifiedStatement> VerifyStatement(ByteView bytes);
  VerifiedStatement(Statement statement, std::vector<Signer> signers)
      : statement_(std::move(statement)), signers_(std::move(signers)) {}
  Statement statement_;
  std::vector<Signer> signers_;
};

/// Makes a signed statement. Errors: those of `SignedPayload::SignWith`.
Result<Bytes> SignStatement(const Statement& statement, const std::vector<SigningKey>& keys);

/// Parses a statement whose signatures were verified before. Errors: kMalformed, kTooLarge,
/// kUnsupported for an unknown kind.
Result<Statement> ClaimedStatement(ByteView bytes);

/// Parses a statement and verifies every signature. Errors: kMalformed, kTooLarge, kUnsupported for
/// an unknown kind, kForged.
Result<VerifiedStatement> VerifyStatement(ByteView bytes);

}  // namespace cityid
