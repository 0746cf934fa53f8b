#include "resolver/answer/verdict.h"

#include <algorithm>
#include <iterator>

namespace cityid {
namespace {

// clang-format off
constexpr VerdictRow kTable[] = {
    {Verdict::kMalformed, "malformed", 400, 1, Tone::kUncertain, true, {{
        {"Not a CityID code", "This is not a well-formed identifier or code. If you scanned it, scan again; if you typed it, check it."},
        {"不是有效格式的城市标识码", "该标识或二维码格式不正确。如为扫码，请重新扫描；如为手工输入，请核对。"},
        {"ليس رمزاً من CityID", "هذا ليس معرّفاً أو رمزاً صحيح الصيغة. أعد المسح، أو تحقّق مما كتبته."}}}},
    {Verdict::kUnsupported, "unsupported", 400, 1, Tone::kUncertain, true, {{
        {"Unknown kind of code", "This code is of a newer or unknown kind. A newer resolver may know it."},
        {"未知类型的标识码", "该二维码属于更新的或未知的类型，更新版本的解析器可能能够识别。"},
        {"نوع رمز غير معروف", "هذا الرمز من نوع أحدث أو غير معروف. قد يتعرّف عليه محلّل أحدث."}}}},
    {Verdict::kWrongHost, "wrong-host", 403, 1, Tone::kBad, true, {{
        {"Wrong web address", "The code carries a web address that is not one of the consortium's. Do not open it."},
        {"网址不正确", "该二维码所含的网址不属于本联盟，请勿打开。"},
        {"عنوان ويب خاطئ", "يحمل الرمز عنواناً لا يتبع الاتحاد. لا تفتحه."}}}},
    {Verdict::kUnknownId, "unknown-id", 404, 1, Tone::kBad, true, {{
        {"Not registered", "No such identifier is registered. A code for it can't be genuine."},
        {"未注册", "该标识未注册，相应的二维码不可能是真实的。"},
        {"غير مسجّل", "لا يوجد معرّف مسجّل كهذا، ولا يمكن أن يكون رمزه أصلياً."}}}},
    {Verdict::kSuspended, "suspended", 403, 1, Tone::kBad, true, {{
        {"Suspended", "This identifier is suspended for now. Do not rely on it until it is resumed."},
        {"已暂停", "该标识目前已被暂停，恢复之前请勿依赖。"},
        {"معلّق", "هذا المعرّف معلّق حالياً. لا تعتمد عليه حتى يُستأنف."}}}},
    {Verdict::kSuperseded, "superseded", 410, 1, Tone::kBad, true, {{
        {"Replaced", "This identifier was replaced by another one, which is named here."},
        {"已被取代", "该标识已被另一个标识取代，新标识见下。"},
        {"استُبدل", "استُبدل هذا المعرّف بآخر مذكور هنا."}}}},
    {Verdict::kWithdrawn, "withdrawn", 410, 1, Tone::kBad, true, {{
        {"Withdrawn", "This identifier was withdrawn for good. Its codes no longer hold."},
        {"已注销", "该标识已被永久注销，其二维码不再有效。"},
        {"مسحوب", "سُحب هذا المعرّف نهائياً، ولم تعد رموزه سارية."}}}},
    {Verdict::kUnknownKey, "unknown-key", 403, 1, Tone::kBad, false, {{
        {"Signed by a stranger", "The code was signed with a key that has no right to sign here. Do not trust it; tell whoever is responsible for the sign or document."},
        {"签名者无权签署", "该二维码由无权签署的密钥签名，请勿信任，并告知标牌或文件的负责单位。"},
        {"موقّع من جهة غريبة", "وُقّع الرمز بمفتاح لا يحق له التوقيع هنا. لا تثق به، وأبلغ الجهة المسؤولة عن اللافتة أو الوثيقة."}}}},
    {Verdict::kForged, "forged", 403, 1, Tone::kBad, false, {{
        {"Forged or damaged", "The signature is wrong: this code was altered or made by somebody else. Do not trust it; tell whoever is responsible for the sign or document."},
        {"伪造或已损坏", "签名不正确：该二维码被篡改或由他人伪造，请勿信任，并告知标牌或文件的负责单位。"},
        {"مزوّر أو تالف", "التوقيع خاطئ: عُدّل هذا الرمز أو صنعه شخص آخر. لا تثق به، وأبلغ الجهة المسؤولة عن اللافتة أو الوثيقة."}}}},
    {Verdict::kWrongPurpose, "wrong-purpose", 403, 1, Tone::kBad, true, {{
        {"Signed for another purpose", "The key that signed this code may not sign codes of this purpose. Do not trust it."},
        {"用途不符", "签署该二维码的密钥无权用于此用途，请勿信任。"},
        {"موقّع لغرض آخر", "المفتاح الذي وقّع هذا الرمز غير مخوّل لهذا الغرض. لا تثق به."}}}},
    {Verdict::kNotYetValid, "not-yet-valid", 403, 1, Tone::kBad, true, {{
        {"Not valid yet", "The code claims to be from the future. Check the date of your device, or ask whoever issued it."},
        {"尚未生效", "该二维码的签发时间在未来。请检查设备日期，或询问签发单位。"},
        {"لم يبدأ سريانه", "يدّعي الرمز أنه صادر في المستقبل. تحقّق من تاريخ جهازك أو اسأل الجهة المُصدِرة."}}}},
    {Verdict::kExpired, "expired", 410, 1, Tone::kBad, true, {{
        {"Expired", "The code was genuine, but its time is over. Ask whoever issued it for a new one."},
        {"已过期", "该二维码曾经有效，但已过期。请向签发单位索取新的二维码。"},
        {"منتهي الصلاحية", "كان الرمز أصلياً لكن مدته انتهت. اطلب رمزاً جديداً من الجهة المُصدِرة."}}}},
    {Verdict::kRevoked, "revoked", 410, 1, Tone::kBad, true, {{
        {"Revoked", "The code was genuine, but whoever issued it has taken it back. Do not rely on it."},
        {"已撤销", "该二维码曾经有效，但已被签发单位撤销，请勿依赖。"},
        {"ملغى", "كان الرمز أصلياً لكن مُصدِره ألغاه. لا تعتمد عليه."}}}},
    {Verdict::kValid, "valid", 200, 0, Tone::kGood, true, {{
        {"Genuine", "The signature is right, and the identifier is registered and active."},
        {"真实有效", "签名正确，该标识已注册且处于有效状态。"},
        {"أصلي", "التوقيع صحيح، والمعرّف مسجّل ونشط."}}}},
    {Verdict::kRegistered, "registered", 200, 0, Tone::kPlain, true, {{
        {"Registered", "This identifier is registered and active. No code was checked."},
        {"已注册", "该标识已注册且有效。未校验任何二维码。"},
        {"مسجّل", "هذا المعرّف مسجّل ونشط. لم يُفحص أي رمز."}}}},
    {Verdict::kLedgerStale, "ledger-stale", 503, 3, Tone::kUncertain, false, {{
        {"Can't tell", "This resolver's copy of the ledger is too old to say anything. Try later or elsewhere."},
        {"暂时无法判断", "本解析器的账本副本过旧，无法作出判断。请稍后再试或使用其他解析器。"},
        {"لا يمكن الجزم", "نسخة السجل لدى هذا المحلّل قديمة جداً. حاول لاحقاً أو لدى محلّل آخر."}}}},
};
// clang-format on

constexpr bool HasRow(Verdict verdict) {
  return std::ranges::find(kTable, verdict, &VerdictRow::verdict) != std::end(kTable);
}

constexpr bool EveryVerdictHasARow() {
  for (int value = 0; value <= static_cast<int>(Verdict::kLast); ++value) {
    if (!HasRow(static_cast<Verdict>(value))) return false;
  }
  return true;
}
static_assert(EveryVerdictHasARow());

}  // namespace

std::string_view Tag(Language language) {
  constexpr std::array<std::string_view, kLanguages> kTags = {"en", "zh-CN", "ar"};
  return kTags[static_cast<std::size_t>(language)];
}

std::span<const VerdictRow> VerdictTable() { return kTable; }

const VerdictRow& Row(Verdict verdict) {
  return *std::ranges::find(kTable, verdict, &VerdictRow::verdict);
}

std::optional<Verdict> VerdictFromName(std::string_view name) {
  for (const VerdictRow& row : kTable) {
    if (row.name == name) return row.verdict;
  }
  return std::nullopt;
}

}  // namespace cityid
