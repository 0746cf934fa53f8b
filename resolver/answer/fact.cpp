#include "resolver/answer/fact.h"

#include "codec/time_text.h"

namespace cityid {
namespace {

using Value = std::optional<std::string>;

// clang-format off
constexpr Fact kFacts[] = {
    {"type", true, FactKind::kText, true, {"Document", "文件", "الوثيقة"}, {},
     [](const CodeClaims& code, const CityId*) {
       return code.document ? Value(code.document->type) : Value();
     }},
    {"number", true, FactKind::kText, true, {"Number", "编号", "الرقم"}, {},
     [](const CodeClaims& code, const CityId*) {
       return code.document ? Value(code.document->number) : Value();
     }},
    {"date", true, FactKind::kDate, true, {"Date", "日期", "التاريخ"}, {},
     [](const CodeClaims& code, const CityId*) {
       return code.document && code.document->date ? Value(DateText(*code.document->date)) : Value();
     }},
    {"sha256", true, FactKind::kHash, true, {"SHA-256", "SHA-256", "SHA-256"}, {},
     [](const CodeClaims& code, const CityId*) {
       return code.document && code.document->digest ? Value(Hex(*code.document->digest)) : Value();
     }},
    {"purpose", false, FactKind::kPurpose, true, {"Purpose", "用途", "الغرض"}, {},
     [](const CodeClaims& code, const CityId*) { return Value(Name(code.purpose)); }},
    {"signedBy", false, FactKind::kIdentifier, true, {"Signed by", "签名者", "وقّعه"}, {},
     [](const CodeClaims&, const CityId* signed_by) {
       return signed_by ? Value(signed_by->text()) : Value();
     }},
    {"issued", false, FactKind::kTime, true, {"Issued", "签发时间", "تاريخ الإصدار"}, {},
     [](const CodeClaims& code, const CityId*) { return Value(TimeText(code.issued_at)); }},
    {"expires", false, FactKind::kTime, true, {"Expires", "有效期至", "صالح حتى"},
     {"never", "无期限", "بلا نهاية"},
     [](const CodeClaims& code, const CityId*) {
       const auto expires = code.expires_at();
       return expires ? Value(TimeText(*expires)) : Value();
     }},
    {"serial", false, FactKind::kNumber, true, {"Serial", "序列号", "الرقم التسلسلي"}, {},
     [](const CodeClaims& code, const CityId*) { return Value(std::to_string(code.serial)); }},
    {"kid", false, FactKind::kHash, false, {"kid", "kid", "kid"}, {},
     [](const CodeClaims& code, const CityId*) { return Value(Hex(code.kid)); }},
};
// clang-format on

void PutGroup(JsonText& json, bool of_document, const CodeClaims& claims, const CityId* signed_by) {
  for (const Fact& fact : kFacts) {
    if (fact.of_document != of_document) continue;
    const Value value = fact.value(claims, signed_by);
    if (!value) continue;
    if (fact.kind == FactKind::kNumber) {
      json.Name(fact.member).Raw(*value);
    } else {
      json.Member(fact.member, *value);
    }
  }
}

}  // namespace

std::span<const Fact> FactTable() { return kFacts; }

void PutFacts(JsonText& json, const CodeClaims& claims, const CityId* signed_by) {
  PutGroup(json, false, claims, signed_by);
  if (!claims.document) return;
  json.Name("document").BeginObject();
  PutGroup(json, true, claims, signed_by);
  json.EndObject();
}

}  // namespace cityid
