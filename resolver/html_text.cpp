#include "resolver/html_text.h"

namespace cityid {
namespace {

constexpr HtmlText kEnglish = {
    "Compare this address with the one on the sign. On another address, anybody can say anything.",
    "Identifier",
    "Status",
    "active",
    "Level",
    "Part of",
    "Position",
    "Population",
    "Website",
    "The nearest registered identifier is",
    "Because of",
    "Replaced by",
    "The code",
    "Purpose",
    "Signed by",
    "Issued",
    "Valid until",
    "no end",
    "Serial",
    "Document",
    "Date",
    {"city", "unit", "device", "document"},
    "Data-sharing endpoints",
    "None are registered.",
    "not encrypted",
    "private address, not shown",
    {"open to all", "open after registration", "restricted"},
    "Ledger",
    "This copy of the ledger is more than an hour old.",
    "There is evidence that the ledger was tampered with. This copy has stopped before that.",
    "As of",
    "Entries",
    "Root"};

constexpr HtmlText kChinese = {"请核对该网址是否与标牌上的网址一致；其他网址上的内容均不可信。",
                               "标识",
                               "状态",
                               "有效",
                               "级别",
                               "隶属于",
                               "位置",
                               "人口",
                               "网站",
                               "最近的已注册上级标识是",
                               "相关标识",
                               "取代者",
                               "标识码",
                               "用途",
                               "签名者",
                               "签发时间",
                               "有效期至",
                               "无期限",
                               "序列号",
                               "文件",
                               "日期",
                               {"城市", "单位", "设备", "文件"},
                               "数据共享接口",
                               "尚未登记。",
                               "未加密",
                               "私有地址，不予显示",
                               {"公开", "注册后开放", "受限"},
                               "账本",
                               "该账本副本已超过一小时未更新。",
                               "有证据表明账本遭到篡改；本副本停留在此之前。",
                               "截至",
                               "条目数",
                               "根哈希"};

constexpr HtmlText kArabic = {
    "قارن هذا العنوان بالعنوان المكتوب على اللافتة؛ فأي عنوان آخر قد يعرض أي شيء.",
    "المعرّف",
    "الحالة",
    "نشط",
    "المستوى",
    "تابع لـ",
    "الموقع",
    "السكان",
    "الموقع الإلكتروني",
    "أقرب معرّف مسجّل هو",
    "بسبب",
    "استُبدل بـ",
    "الرمز",
    "الغرض",
    "وقّعه",
    "تاريخ الإصدار",
    "صالح حتى",
    "بلا نهاية",
    "الرقم التسلسلي",
    "الوثيقة",
    "التاريخ",
    {"مدينة", "وحدة", "جهاز", "وثيقة"},
    "نقاط مشاركة البيانات",
    "لا شيء مسجّل.",
    "غير مشفّر",
    "عنوان خاص لا يُعرض",
    {"متاح للجميع", "متاح بعد التسجيل", "مقيّد"},
    "السجل",
    "مضى على نسخة السجل هذه أكثر من ساعة.",
    "توجد أدلة على العبث بالسجل، وقد توقفت هذه النسخة قبل ذلك.",
    "حتى تاريخ",
    "عدد القيود",
    "الجذر"};

}  // namespace

const HtmlText& HtmlTexts(Language language) {
  switch (language) {
    case Language::kChinese:
      return kChinese;
    case Language::kArabic:
      return kArabic;
    case Language::kEnglish:
      break;
  }
  return kEnglish;
}

}  // namespace cityid
