#include "ledger/record/statement.h"

#include <algorithm>

#include "codec/cbor.h"
#include "codec/cose.h"
#include "ledger/record/fields.h"
#include "ledger/record/signer_headers.h"

namespace cityid {
namespace {

/// The protected header of every statement: {16: "application/cityid-statement+cose"}.
constexpr std::string_view kBodyHeader =
    "\xA1\x10\x78\x21"
    "application/cityid-statement+cose";

ByteView BodyHeader() { return AsBytes(kBodyHeader); }

Error Malformed(const char* detail) {
  return Error{Errc::kMalformed, std::string("statement: ") + detail};
}

Error TooLarge() { return Error{Errc::kTooLarge, "statement: larger than 32 KiB"}; }

/// The members of a statement before its body.
struct Envelope {
  std::uint64_t kind = 0;
  RecordHash log;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "kind", s.kind);
    f(2, "log", s.log);
  }
};

Bytes WritePayload(const Statement& statement) {
  CborWriter out;
  out.Map(3);
  fields::Writer writer{out};
  std::visit(
      [&](const auto& body) {
        const Envelope envelope{body.kKind, statement.log};
        Envelope::Fields(writer, envelope);
        writer(3, "body", body);
      },
      statement.body);
  return std::move(out).bytes();
}

/// Decodes the body as the alternative `i` of the variant if that has the kind, or as a later one.
template <std::size_t i = 0>
Result<Statement> DecodeAs(fields::Reader& reader, const Envelope& envelope) {
  if constexpr (i == std::variant_size_v<StatementBody>) {
    return Error{Errc::kUnsupported, "statement: unknown kind " + std::to_string(envelope.kind)};
  } else {
    using Body = std::variant_alternative_t<i, StatementBody>;
    if (envelope.kind != Body::kKind) return DecodeAs<i + 1>(reader, envelope);
    Body body;
    reader(3, "body", body);
    if (reader.error) return reader.error->In("statement");
    if (reader.left != 0) return Malformed("unknown field, or fields out of order");
    if (const auto end = reader.in.End(); !end) return end.error();
    return Statement{envelope.log, std::move(body)};
  }
}

Result<Statement> ParseStatement(ByteView payload) {
  CborReader in(payload);
  const auto count = in.Map();
  if (!count) return count.error();
  Envelope envelope;
  fields::Reader reader{in, *count, {}};
  Envelope::Fields(reader, envelope);
  if (reader.error) return reader.error->In("statement");
  return DecodeAs(reader, envelope);
}

}  // namespace

std::string_view Name(const StatementBody& body) {
  return std::visit([](const auto& b) { return b.kName; }, body);
}

Result<Bytes> SignStatement(const Statement& statement, std::vector<SigningKey> keys) {
  if (keys.empty()) return Error{Errc::kUsage, "statement: nobody signs"};
  const auto signer = [](const SigningKey& key) { return Signer{key.role, key.key->public_key()}; };
  std::ranges::sort(keys, {}, signer);
  if (std::ranges::adjacent_find(keys, {}, signer) != keys.end())
    return Error{Errc::kUsage, "statement: the same key signs twice in one role"};
  const Bytes payload = WritePayload(statement);
  std::vector<Bytes> headers;
  std::vector<Signature> signatures;
  for (const SigningKey& key : keys) {
    headers.push_back(SignerHeader(signer(key)));
    signatures.push_back(key.key->Sign(SignerToBeSigned(BodyHeader(), headers.back(), payload)));
  }
  std::vector<CoseSigner> signers;
  for (std::size_t i = 0; i < keys.size(); ++i)
    signers.push_back({{headers[i], {}}, signatures[i].view()});
  Bytes bytes = WriteCoseSign(BodyHeader(), payload, signers);
  if (bytes.size() > kMaxStatement) return TooLarge();
  return bytes;
}

Result<Statement> ClaimedStatement(ByteView bytes) {
  if (bytes.size() > kMaxStatement) return TooLarge();
  const auto sign = ParseCoseSign(bytes);
  if (!sign) return sign.error();
  return ParseStatement(sign->payload);
}

Result<VerifiedStatement> VerifyStatement(ByteView bytes) {
  if (bytes.size() > kMaxStatement) return TooLarge();
  const auto sign = ParseCoseSign(bytes);
  if (!sign) return sign.error();
  auto signers = ReadSigners(*sign, BodyHeader(), "statement");
  if (!signers) return signers.error();
  if (signers->empty()) return Malformed("nobody signed");
  auto statement = ParseStatement(sign->payload);
  if (!statement) return statement.error();
  for (std::size_t i = 0; i < signers->size(); ++i) {
    const Bytes signed_bytes =
        SignerToBeSigned(BodyHeader(), SignerHeader((*signers)[i]), sign->payload);
    const Signature signature = *Signature::From(sign->signers[i].signature);
    if (!VerifySignature((*signers)[i].key, signed_bytes, signature)) {
      return Error{Errc::kForged, "statement: the signature of " +
                                      std::string(Name((*signers)[i].role)) + " " +
                                      Hex((*signers)[i].key).substr(0, 16) + " does not verify"};
    }
  }
  return VerifiedStatement(*std::move(statement), *std::move(signers));
}

}  // namespace cityid
