#include "resolver/answer/fact.h"

#include "codec/time_text.h"

namespace cityid {
namespace {

using Value = FactValue;

Value ValueOf(const std::string& text) { return std::string_view(text); }
Value ValueOf(const std::optional<std::chrono::sys_days>& day) {
  return day ? Value(*day) : Value();
}
Value ValueOf(const std::optional<Sha256Hash>& hash) {
  return hash ? Value(hash->view()) : Value();
}
Value ValueOf(const std::vector<DocumentFact>& facts) {
  return facts.empty() ? Value() : Value(std::span(facts));
}

/// Returns what a document says, or nothing if the code is of none.
template <auto member>
Value OfDocument(const CodeClaims& code, const CityId*) {
  return code.document ? ValueOf((*code.document).*member) : Value();
}

// clang-format off
constexpr Fact kFacts[] = {
    {"facts", true, FactKind::kLabelled, true, {"Facts", "记载事项", "البيانات"}, {},
     OfDocument<&DocumentClaims::facts>},
    {"type", true, FactKind::kText, true, {"Document", "文件", "الوثيقة"}, {},
     OfDocument<&DocumentClaims::type>},
    {"number", true, FactKind::kText, true, {"Number", "编号", "الرقم"}, {},
     OfDocument<&DocumentClaims::number>},
    {"date", true, FactKind::kDate, true, {"Date", "日期", "التاريخ"}, {},
     OfDocument<&DocumentClaims::date>},
    {"sha256", true, FactKind::kHash, true, {"SHA-256", "SHA-256", "SHA-256"}, {},
     OfDocument<&DocumentClaims::digest>},
    {"purpose", false, FactKind::kPurpose, true, {"Purpose", "用途", "الغرض"}, {},
     [](const CodeClaims& code, const CityId*) { return Value(code.purpose); }},
    {"signedBy", false, FactKind::kIdentifier, true, {"Signed by", "签名者", "وقّعه"}, {},
     [](const CodeClaims&, const CityId* signed_by) {
       return signed_by ? Value(signed_by) : Value();
     }},
    {"issued", false, FactKind::kTime, true, {"Issued", "签发时间", "تاريخ الإصدار"}, {},
     [](const CodeClaims& code, const CityId*) { return Value(code.issued_at); }},
    {"expires", false, FactKind::kTime, true, {"Expires", "有效期至", "صالح حتى"},
     {"never", "无期限", "بلا نهاية"},
     [](const CodeClaims& code, const CityId*) {
       const auto expires = code.expires_at();
       return expires ? Value(*expires) : Value();
     }},
    {"serial", false, FactKind::kNumber, true, {"Serial", "序列号", "الرقم التسلسلي"}, {},
     [](const CodeClaims& code, const CityId*) { return Value(std::uint64_t{code.serial}); }},
    {"kid", false, FactKind::kHash, false, {"kid", "kid", "kid"}, {},
     [](const CodeClaims& code, const CityId*) { return Value(code.kid.view()); }},
};
// clang-format on

/// Writes a value of each kind.
struct ValueWriter {
  JsonText& json;

  void operator()(std::monostate) const {}
  void operator()(std::string_view text) const { json.Text(text); }
  void operator()(Purpose purpose) const { json.Text(Name(purpose)); }
  void operator()(const CityId* id) const { json.Text(id->text()); }
  void operator()(std::chrono::sys_seconds time) const { json.Text(TimeText(time)); }
  void operator()(std::chrono::sys_days day) const { json.Text(DateText(day)); }
  void operator()(std::uint64_t number) const { json.Number(number); }
  void operator()(ByteView hash) const { json.Text(Hex(hash)); }
  void operator()(std::span<const DocumentFact> facts) const {
    json.BeginArray();
    for (const auto& [label, value] : facts)
      json.BeginObject().Member("label", label).Member("value", value).EndObject();
    json.EndArray();
  }
};

void PutGroup(JsonText& json, bool of_document, const CodeClaims& claims, const CityId* signed_by) {
  for (const Fact& fact : kFacts) {
    if (fact.of_document != of_document) continue;
    const Value value = fact.value(claims, signed_by);
    if (std::holds_alternative<std::monostate>(value)) continue;
    json.Name(fact.member);
    std::visit(ValueWriter{json}, value);
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
