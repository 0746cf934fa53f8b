#include "codec/cose.h"

#include "codec/cbor.h"

namespace cityid {
namespace {

constexpr std::uint64_t kMaxSigners = 64;
constexpr std::uint8_t kEmptyMap[] = {0xA0};

void ReadArray(CborItems& in, std::uint64_t count) {
  if (in.Array() != count) in.Fail("wrong number of fields");
}

CoseHeaders ReadHeaders(CborItems& in) {
  const ByteView protected_header = in.ByteString();
  if (in.Peek() != CborType::kMap) in.Fail("unprotected header is not a map");
  return {protected_header, in.Item()};
}

/// Clause 4.4: a protected header that is an encoded empty map is signed as an empty string.
ByteView Signed(ByteView header) { return Equal(header, kEmptyMap) ? ByteView{} : header; }

}  // namespace

Result<CoseSign1> ParseCoseSign1(ByteView bytes) {
  CborReader reader(bytes);
  const auto tag = reader.Tag();
  CborItems in(reader, "cose: ");
  if (!tag) in.Fail("tag 18 of COSE_Sign1 is missing");
  if (tag && *tag != kTagSign1)
    in.Fail("tag " + std::to_string(*tag) + " where tag 18 of COSE_Sign1 must be");
  ReadArray(in, 4);
  return in.Finish(CoseSign1{ReadHeaders(in), in.ByteString(), in.ByteString()});
}

Result<CoseSign> ParseCoseSign(ByteView bytes) {
  CborItems in(CborReader(bytes), "cose: ");
  if (in.Tag() != kTagSign) in.Fail("wrong tag");
  ReadArray(in, 4);
  CoseSign sign{ReadHeaders(in), in.ByteString(), {}};
  const std::uint64_t count = in.Array();
  if (count > kMaxSigners) in.Fail(Error{Errc::kTooLarge, "cose: more than 64 signers"});
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
    ReadArray(in, 3);
    sign.signers.push_back({ReadHeaders(in), in.ByteString()});
  }
  return in.Finish(std::move(sign));
}

Bytes Sign1ToBeSigned(ByteView protected_header, ByteView payload) {
  CborWriter out;
  out.Array(4).Text("Signature1").ByteString(Signed(protected_header)).ByteString({});
  return std::move(out.ByteString(payload)).bytes();
}

Bytes SignerToBeSigned(ByteView body_protected, ByteView signer_protected, ByteView payload) {
  CborWriter out;
  out.Array(5).Text("Signature").ByteString(Signed(body_protected));
  out.ByteString(Signed(signer_protected)).ByteString({});
  return std::move(out.ByteString(payload)).bytes();
}

Bytes WriteCoseSign1(ByteView protected_header, ByteView payload, const Signature& signature) {
  CborWriter out;
  out.Tag(kTagSign1).Array(4).ByteString(protected_header).Map(0).ByteString(payload);
  return std::move(out.ByteString(signature.view())).bytes();
}

Bytes WriteCoseSign(ByteView protected_header, ByteView payload,
                    const std::vector<CoseSigner>& signers) {
  CborWriter out;
  out.Tag(kTagSign).Array(4).ByteString(protected_header).Map(0).ByteString(payload);
  out.Array(signers.size());
  for (const CoseSigner& signer : signers) {
    out.Array(3).ByteString(signer.protected_header).Map(0).ByteString(signer.signature);
  }
  return std::move(out).bytes();
}

Result<std::optional<std::int64_t>> CoseAlgorithm(ByteView protected_header) {
  std::optional<std::int64_t> algorithm;
  if (protected_header.empty()) return algorithm;
  CborReader whole(protected_header);
  if (const auto item = whole.Item(); !item) return item.error();
  if (const auto end = whole.End(); !end) return end.error();
  CborItems in(CborReader(protected_header), "cose: ");
  for (std::uint64_t left = in.Map(); left > 0; --left) {
    const ByteView key = in.Item();
    const CborType type = in.Peek();
    if (key.size() == 1 && key.front() == kCoseAlg) {
      if (type == CborType::kUint || type == CborType::kNegative) algorithm = in.Int();
      break;
    }
    in.Item();
  }
  if (in.error()) return *in.error();
  return algorithm;
}

}  // namespace cityid
