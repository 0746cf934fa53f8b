#include "codec/cose.h"

#include "codec/cbor.h"

namespace cityid {
namespace {

constexpr std::uint64_t kMaxSigners = 64;
constexpr std::uint8_t kEmptyMap[] = {0xA0};

Error Malformed(const char* detail) {
  return Error{Errc::kMalformed, std::string("cose: ") + detail};
}

/// The fields with which every COSE structure begins; the third is a payload or a signature.
struct Fields {
  ByteView protected_header;
  ByteView unprotected_header;
  ByteView third;
};

Result<Fields> ReadFields(CborReader& in) {
  const auto protected_header = in.ByteString();
  if (!protected_header) return protected_header.error();
  const auto type = in.Peek();
  if (!type) return type.error();
  if (*type != CborType::kMap) return Malformed("unprotected header is not a map");
  const auto unprotected = in.Item();
  if (!unprotected) return unprotected.error();
  const auto third = in.ByteString();
  if (!third) return third.error();
  return Fields{*protected_header, *unprotected, *third};
}

Result<void> ReadArray(CborReader& in, std::uint64_t count) {
  const auto read = in.Array();
  if (!read) return read.error();
  if (*read != count) return Malformed("wrong number of fields");
  return {};
}

Result<void> ReadTag(CborReader& in, std::uint64_t tag) {
  const auto read = in.Tag();
  if (!read) return read.error();
  if (*read != tag) return Malformed("wrong tag");
  return {};
}

/// Clause 4.4: a protected header that is an encoded empty map is signed as an empty string.
ByteView Signed(ByteView header) { return Equal(header, kEmptyMap) ? ByteView{} : header; }

}  // namespace

Result<CoseSign1> ParseCoseSign1(ByteView bytes) {
  CborReader in(bytes);
  const auto tag = in.Tag();
  if (!tag) return Malformed("tag 18 of COSE_Sign1 is missing");
  if (*tag != kTagSign1) {
    const std::string other = "tag " + std::to_string(*tag) + " where tag 18 of COSE_Sign1 must be";
    return Malformed(other.c_str());
  }
  if (const auto array = ReadArray(in, 4); !array) return array.error();
  const auto fields = ReadFields(in);
  if (!fields) return fields.error();
  const auto signature = in.ByteString();
  if (!signature) return signature.error();
  if (const auto end = in.End(); !end) return end.error();
  return CoseSign1{fields->protected_header, fields->unprotected_header, fields->third, *signature};
}

Result<CoseSign> ParseCoseSign(ByteView bytes) {
  CborReader in(bytes);
  if (const auto tag = ReadTag(in, kTagSign); !tag) return tag.error();
  if (const auto array = ReadArray(in, 4); !array) return array.error();
  const auto fields = ReadFields(in);
  if (!fields) return fields.error();
  const auto count = in.Array();
  if (!count) return count.error();
  if (*count > kMaxSigners) return Error{Errc::kTooLarge, "cose: more than 64 signers"};
  CoseSign sign{fields->protected_header, fields->unprotected_header, fields->third, {}};
  sign.signers.reserve(static_cast<std::size_t>(*count));
  for (std::uint64_t i = 0; i < *count; ++i) {
    if (const auto array = ReadArray(in, 3); !array) return array.error();
    const auto signer = ReadFields(in);
    if (!signer) return signer.error();
    sign.signers.push_back({signer->protected_header, signer->unprotected_header, signer->third});
  }
  if (const auto end = in.End(); !end) return end.error();
  return sign;
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
  if (protected_header.empty()) return std::optional<std::int64_t>();
  CborReader check(protected_header);
  if (const auto item = check.Item(); !item) return item.error();
  if (const auto end = check.End(); !end) return end.error();
  CborReader in(protected_header);
  const auto pairs = in.Map();
  if (!pairs) return pairs.error();
  for (std::uint64_t i = 0; i < *pairs; ++i) {
    const auto key = in.Item();
    if (!key) return key.error();
    if (key->size() == 1 && key->front() == kCoseAlg) {
      const auto type = in.Peek();
      if (!type) return type.error();
      if (*type != CborType::kUint && *type != CborType::kNegative) {
        return std::optional<std::int64_t>();
      }
      const auto alg = in.Int();
      if (!alg) return alg.error();
      return std::optional(*alg);
    }
    if (const auto value = in.Item(); !value) return value.error();
  }
  return std::optional<std::int64_t>();
}

}  // namespace cityid
