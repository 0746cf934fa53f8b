#include "ledger/record/statement.h"

#include "ledger/record/fields.h"

namespace cityid {
namespace {

/// The protected header of every statement: {16: "application/cityid-statement+cose"}.
constexpr SignedKind kStatement{
    "\xA1\x10\x78\x21"
    "application/cityid-statement+cose",
    "statement"};

/// The members of a statement before its body.
struct Envelope {
  static constexpr const char* kName = "statement";
  static constexpr const char* kTypeName = "kind";
  static constexpr std::uint64_t kBodyKey = 3;
  std::uint64_t type = 0;
  RecordHash log;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "kind", s.type);
    f(2, "log", s.log);
  }
};

Bytes WritePayload(const Statement& statement) {
  return std::visit(
      [&](const auto& body) {
        return EncodeWithBody(Envelope{body.kType, statement.log}, body);
      },
      statement.body);
}

Result<Statement> ParseStatement(ByteView payload) {
  Envelope envelope;
  auto body = DecodeWithBody<StatementBody>(payload, envelope);
  if (!body) return body.error();
  return Statement{envelope.log, *std::move(body)};
}

}  // namespace

std::string_view Name(const StatementBody& body) {
  return std::visit([](const auto& b) { return b.kName; }, body);
}

Result<Bytes> SignStatement(const Statement& statement, const std::vector<SigningKey>& keys) {
  return SignedPayload(kStatement, WritePayload(statement)).SignWith(keys);
}

Result<Statement> ClaimedStatement(ByteView bytes) {
  const auto payload = SignedPayload::Parse(kStatement, bytes);
  if (!payload) return payload.error();
  return ParseStatement(payload->payload());
}

Result<VerifiedStatement> VerifyStatement(ByteView bytes) {
  auto payload = SignedPayload::Parse(kStatement, bytes);
  if (!payload) return payload.error();
  if (!payload->is_signed()) return kStatement.Wrong(Errc::kMalformed, "nobody signed");
  auto statement = ParseStatement(payload->payload());
  if (!statement) return statement.error();
  if (const auto verified = payload->Verify(); !verified) return verified.error();
  return VerifiedStatement(*std::move(statement), payload->signers());
}

}  // namespace cityid
