#include "resolver/words/html_text.h"

#include <algorithm>
#include <iterator>

namespace cityid {
namespace {

// clang-format off
constexpr PageText kTexts[] = {
    // These are words of the scanner's program, too.
    {&HtmlText::identifier, {"Identifier", "标识", "المعرّف"}, "identifier"},
    {&HtmlText::status, {"Status", "状态", "الحالة"}, "status"},
    {&HtmlText::level, {"Level", "级别", "المستوى"}, "level"},
    {&HtmlText::part_of, {"Part of", "隶属于", "تابع لـ"}, "part_of"},
    {nullptr, {"active", "有效", "نشط"}, "active"},
    {nullptr, {"suspended", "已暂停", "معلّق"}, "suspended"},
    {nullptr, {"replaced", "已被取代", "مستبدل"}, "superseded"},
    {nullptr, {"withdrawn", "已注销", "مسحوب"}, "withdrawn"},
    {&HtmlText::nearest, {
        "The nearest registered identifier is",
        "最近的已注册上级标识是",
        "أقرب معرّف مسجّل هو"}, "nearest"},
    {&HtmlText::inactive, {"Because of", "相关标识", "بسبب"}, "inactive"},
    {&HtmlText::reason, {"Reason given:", "原因：", "السبب المذكور:"}, "reason"},
    {&HtmlText::successor, {"Replaced by", "取代者", "استُبدل بـ"}, "successor"},
    {&HtmlText::code, {"The code", "标识码", "الرمز"}, "code"},
    {&HtmlText::code_claims, {
        "What the code claims, though it is not valid",
        "该码无效，以下仅为其自称的内容",
        "ما يقوله الرمز عن نفسه، وهو غير صالح"}, "code_claims"},
    {nullptr, {"document", "文件", "وثيقة"}, "document"},
    {nullptr, {"city", "城市", "مدينة"}, "city"},
    {nullptr, {"unit", "单位", "وحدة"}, "unit"},
    {nullptr, {"device", "设备", "جهاز"}, "device"},
    {&HtmlText::endpoints, {"Data-sharing endpoints", "数据共享接口", "نقاط مشاركة البيانات"}, "endpoints"},
    {&HtmlText::stale, {
        "This copy of the ledger is old: it does not know what changed since",
        "该账本副本较旧，不掌握此后的变化：",
        "نسخة السجل هذه قديمة ولا تعرف ما تغيّر منذ"}, "stale"},
    {&HtmlText::back, {"Back to the identifier", "返回该标识", "العودة إلى المعرّف"}, "back"},
    {&HtmlText::nothing_found, {"Nothing was found.", "没有找到结果。", "لم يُعثر على شيء."}, "nothing_found"},
    {&HtmlText::search, {"Search", "搜索", "بحث"}, "find"},
    {&HtmlText::judged, {
        "What surrounded the code was left out. This was checked:",
        "已去除二维码内容以外的部分，核验的内容为：",
        "حُذف ما يحيط بالرمز، وهذا ما جرى التحقق منه:"}, "judged"},
    {&HtmlText::website, {"Website", "网站", "الموقع الإلكتروني"}, "website"},
    {nullptr, {"open to all", "公开", "متاح للجميع"}, "open"},
    {nullptr, {"open after registration", "注册后开放", "متاح بعد التسجيل"}, "registered"},
    {nullptr, {"restricted", "受限", "مقيّد"}, "restricted"},
    {&HtmlText::not_encrypted, {"not encrypted", "未加密", "غير مشفّر"}, "not_encrypted"},
    {&HtmlText::private_address, {
        "private address, not shown",
        "私有地址，不予显示",
        "عنوان خاص لا يُعرض"}, "private_address"},
    {&HtmlText::file_good, {
        "The file is genuine and unchanged",
        "文件真实且未被更改",
        "الملف أصلي ولم يتغيّر"}, "file_good"},
    {&HtmlText::file_changed, {
        "The file was changed after it was sealed",
        "文件在签章后被更改",
        "تغيّر الملف بعد ختمه"}, "file_changed"},
    {&HtmlText::file_bad, {
        "The seal of the file must not be trusted",
        "文件的签章不可信",
        "ختم الملف لا يُوثق به"}, "file_bad"},
    {&HtmlText::file_added, {
        "Something was added to the file after it was sealed",
        "文件在签章后被添加了内容",
        "أُضيف شيء إلى الملف بعد ختمه"}, "file_added"},
    {&HtmlText::file_unsure, {
        "The seal of the file could not be confirmed",
        "文件的签章未能确认",
        "لم يتسنَّ تأكيد ختم الملف"}, "file_unsure"},
    {&HtmlText::file_none, {"The file has no seal", "文件没有签章", "لا ختم في الملف"}, "file_none"},
    {&HtmlText::seal_unchanged, {
        "Every byte that was sealed is as it was.",
        "签章所涵盖的每个字节均与签章时一致。",
        "كل بايت شمله الختم كما كان عند الختم."}, "seal_unchanged"},
    {&HtmlText::seal_changed, {
        "The file is not what was sealed. Don't rely on it, and ask for the file as it was issued.",
        "该文件不是签章时的文件，请勿采信，并索取原始签发的文件。",
        "الملف ليس ما خُتم. لا تعتمد عليه، واطلب الملف كما صدر."}, "seal_changed"},
    {&HtmlText::seal_added, {
        "What was sealed is still in the file, but a program may show what was added instead of it. Ask for the file as it was issued.",
        "签章的内容仍在文件中，但程序可能显示后来添加的内容。请索取原始签发的文件。",
        "ما خُتم لا يزال في الملف، لكن قد يعرض برنامج ما أُضيف بدلًا منه. اطلب الملف كما صدر."}, "seal_added"},
    {&HtmlText::seal_again, {
        "The file was sealed again later, by the same office.",
        "该文件后来由同一机构再次签章。",
        "خُتم الملف لاحقًا مرة أخرى من الجهة نفسها."}, "seal_again"},
    {&HtmlText::seal_code, {
        "A file is as good as the code of its seal. What that is stands below.",
        "文件是否可信取决于其签章的标识码，见下。",
        "الملف موثوق بقدر رمز ختمه، وبيانه أدناه."}, "seal_code"},
    {&HtmlText::sealed_bytes, {
        "Bytes that were sealed:",
        "签章的字节数：",
        "عدد البايتات المختومة:"}, "sealed_bytes"},
    {&HtmlText::added_bytes, {"bytes that were added:", "添加的字节数：", "عدد البايتات المضافة:"}, "added_bytes"},
    {&HtmlText::looks_signed, {
        "What was added looks like a digital signature.",
        "添加的内容看似数字签名。",
        "يبدو ما أُضيف توقيعًا رقميًا."}, "looks_signed"},
    {&HtmlText::no_seal, {
        "Nothing in the file can be checked. If a page of it shows a code, take a picture of that: then the code is checked, and not the page.",
        "文件中没有可核验的内容。若页面上有标识码，请拍摄该码：核验的是标识码，而不是页面。",
        "لا شيء في الملف يمكن التحقق منه. إن ظهر رمز في صفحة منه فصوّره: عندئذ يُتحقق من الرمز لا من الصفحة."}, "no_seal"},
    // These are words of the pages alone.
    {&HtmlText::host_note, {
        "Compare this address with the one on the sign. On another address, anybody can say anything: a forged sign leads to a forged page.",
        "请核对该网址是否与标牌上的网址一致；其他网址上的内容均不可信：伪造的标牌会指向伪造的网页。",
        "قارن هذا العنوان بالعنوان المكتوب على اللافتة؛ فأي عنوان آخر قد يعرض أي شيء: اللافتة المزوّرة تقود إلى صفحة مزوّرة."}},
    {&HtmlText::as_of, {"As it was", "历史时间", "كما كان في"}},
    {&HtmlText::position, {"Position", "位置", "الموقع"}},
    {&HtmlText::map, {"map", "地图", "خريطة"}},
    {&HtmlText::population, {"Population", "人口", "السكان"}},
    {&HtmlText::suggestions, {
        "The check characters don't fit. Did you mean",
        "校验字符不符，您要找的是否为",
        "أحرف التحقق لا تطابق. هل تقصد"}},
    {&HtmlText::code_text, {"As text", "文本形式", "نص الرمز"}},
    {&HtmlText::no_endpoints, {"None are registered.", "尚未登记。", "لا شيء مسجّل."}},
    {&HtmlText::check, {"Check it yourself", "自行验证", "تحقّق بنفسك"}},
    {&HtmlText::check_how, {
        "You need not believe this page: the proof can be checked with the program <code dir=\"ltr\">cityid check</code> and the consortium's keys alone.",
        "您不必相信本页面：使用程序 <code dir=\"ltr\">cityid check</code> 和联盟的公钥即可独立验证证明。",
        "لا يلزمك تصديق هذه الصفحة: يمكن فحص الإثبات بالبرنامج <code dir=\"ltr\">cityid check</code> ومفاتيح الاتحاد وحدها."}},
    {&HtmlText::proof, {"Proof", "证明", "الإثبات"}},
    {&HtmlText::history, {"History", "历史记录", "السجل التاريخي"}},
    {&HtmlText::children, {"What is below", "下级标识", "ما يتبعه"}},
    {&HtmlText::ledger, {"Ledger", "账本", "السجل"}},
    {&HtmlText::frozen, {
        "There is evidence that the ledger was tampered with. This copy has stopped before that.",
        "有证据表明账本遭到篡改；本副本停留在此之前。",
        "توجد أدلة على العبث بالسجل، وقد توقفت هذه النسخة قبل ذلك."}},
    {&HtmlText::ledger_time, {"As of", "截至", "حتى تاريخ"}},
    {&HtmlText::ledger_size, {"Entries", "条目数", "عدد القيود"}},
    {&HtmlText::ledger_root, {"Root", "根哈希", "الجذر"}},
    {&HtmlText::search_label, {
        "Name of a city, in any language, an identifier, or a code of another scheme",
        "任意语言的城市名称、标识或其他编码",
        "اسم مدينة بأي لغة، أو معرّف، أو رمز من نظام آخر"}},
    {&HtmlText::verify, {"Verify", "验证", "تحقّق"}},
    {&HtmlText::verify_label, {"The text of a scanned code", "扫描所得的文本", "نص الرمز الممسوح"}},
    {&HtmlText::more, {"More", "更多", "المزيد"}},
    {&HtmlText::since, {
        "This resolver knows what happened since",
        "本解析器掌握自此时间以来的情况：",
        "يعرف هذا المحلّل ما جرى منذ"}},
    {&HtmlText::found, {"Search", "搜索", "بحث"}},
    {&HtmlText::children_of, {"Below", "下级标识", "ما يتبعه"}},
    {&HtmlText::peers_of, {"Peers", "同级标识", "النظراء"}},
    {&HtmlText::history_of, {"History", "历史记录", "السجل التاريخي"}},
    {&HtmlText::past_title, {"The past", "历史状态", "الماضي"}},
    {&HtmlText::past, {
        "This is how it was, not how it is. As of",
        "以下是过去的情况，并非现状。时间：",
        "هكذا كان وليس كما هو الآن. حتى تاريخ"}},
    {&HtmlText::present, {"how it is now", "查看现状", "كما هو الآن"}},
    {&HtmlText::meaning, {"What this means:", "术语说明：", "معنى العبارة:"}},
    {&HtmlText::nothing_checked, {
        "This page explains a word. No code was checked.",
        "本页仅解释术语，未校验任何二维码。",
        "تشرح هذه الصفحة عبارة، ولم يُفحص أي رمز."}},
    {&HtmlText::entry, {"entry", "条目", "قيد"}},
    {&HtmlText::take_picture, {"Or take a picture of the code", "或拍摄二维码", "أو صوّر الرمز"}},
    {&HtmlText::choose_picture, {
        "Or choose a picture or a sealed PDF",
        "或选择图片或已签章的 PDF",
        "أو اختر صورة أو ملف PDF مختومًا"}},
    {&HtmlText::picture_good, {
        "Every code in the picture is genuine",
        "图片中的标识码均真实有效",
        "كل الرموز في الصورة أصلية"}},
    {&HtmlText::picture_bad, {
        "A code in the picture must not be trusted",
        "图片中有不可信的标识码",
        "في الصورة رمز لا يُوثق به"}},
    {&HtmlText::picture_unsure, {
        "Not every code in the picture could be confirmed",
        "图片中有未能确认的码",
        "لم يتسنَّ تأكيد كل الرموز في الصورة"}},
    {&HtmlText::picture_nothing, {
        "No CityID code was found in the picture",
        "图片中没有找到城市标识码",
        "لم يُعثر في الصورة على رمز CityID"}},
    {&HtmlText::picture_missing, {
        "Not everything in the picture was read",
        "图片中有未能读取的内容",
        "لم يُقرأ كل ما في الصورة"}},
    {&HtmlText::picture_advice, {
        "Go closer, avoid glare, and take one code at a time. What was not read was not checked.",
        "请靠近拍摄、避免反光，每次只拍一个码。未能读取的内容未经核验。",
        "اقترب من الرمز وتجنّب الوهج وصوّر رمزًا واحدًا في كل مرة. ما لم يُقرأ لم يُتحقق منه."}},
    {&HtmlText::foreign, {
        "Not a CityID code, and not checked:",
        "不是城市标识码，未经核验：",
        "ليس رمز CityID ولم يُتحقق منه:"}},
    {&HtmlText::details, {"Details", "详情", "التفاصيل"}},
    {&HtmlText::compare_paper, {
        "No program can compare a paper with what was issued: compare what is listed here by eye.",
        "任何程序都无法核对纸质文件：请逐项目视比对此处所列内容。",
        "لا يستطيع أي برنامج مقارنة الورقة بما صدر: قارن ما هو مذكور هنا بعينك."}},
    {&HtmlText::front_title, {"Signed identifiers of cities", "城市签名标识", "معرّفات موقّعة للمدن"}},
    {&HtmlText::front_about, {
        "Every city, its departments, infrastructure and devices can have one global identifier. A signed code on a sign or document carries it. This service says whether a code is genuine, whose it is, and where the city shares its data.",
        "每个城市及其部门、设施和设备都可拥有一个全球标识，由标牌或文件上的签名二维码承载。本服务说明二维码是否真实、属于谁，以及城市在哪里共享数据。",
        "يمكن لكل مدينة وإداراتها ومنشآتها وأجهزتها أن تحمل معرّفاً عالمياً واحداً ينقله رمز موقّع على لافتة أو وثيقة. تبيّن هذه الخدمة هل الرمز أصلي ولمن هو وأين تشارك المدينة بياناتها."}},
    {&HtmlText::developers, {"For programs", "供程序使用", "للبرامج"}},
    {&HtmlText::home, {"Home", "首页", "الرئيسية"}},
    {&HtmlText::languages, {"Languages", "语言", "اللغات"}},
};
// clang-format on

/// Says whether every member has one row, and no name has two.
constexpr bool HasOneRowForEach() {
  std::size_t members = 0;
  for (const PageText& row : kTexts) {
    if (!row.name.empty() && std::ranges::count(kTexts, row.name, &PageText::name) != 1)
      return false;
    if (row.member == nullptr) continue;
    if (std::ranges::count(kTexts, row.member, &PageText::member) != 1) return false;
    ++members;
  }
  return members == sizeof(HtmlText) / sizeof(std::string_view);
}
static_assert(HasOneRowForEach());

constexpr HtmlText TextsIn(Language language) {
  HtmlText texts;
  for (const PageText& row : kTexts) {
    if (row.member != nullptr) texts.*row.member = row.words[static_cast<std::size_t>(language)];
  }
  return texts;
}

/// Terms that records use, in words. A term that is not here is shown as it is.
constexpr NamedText kTerms[] = {
    // Relations.
    {"_dataPortal", {"Data portal", "数据开放平台", "بوابة البيانات"}},
    {"_contextBroker", {"Context broker", "上下文代理", "وسيط السياق"}},
    {"_broker", {"Message broker", "消息代理", "وسيط الرسائل"}},
    {"_market", {"Energy market", "能源市场", "سوق الطاقة"}},
    {"service-desc", {"Interface description", "接口描述", "وصف الواجهة"}},
    {"service-doc", {"Documentation", "文档", "توثيق"}},
    {"service-meta", {"About the service", "服务信息", "عن الخدمة"}},
    {"status", {"Status of the service", "服务状态", "حالة الخدمة"}},
    // Levels.
    {"capital", {"capital", "首都", "عاصمة"}},
    {"municipality", {"municipality", "直辖市", "بلدية مركزية"}},
    {"prefecture", {"prefecture-level city", "地级市", "مدينة على مستوى المحافظة"}},
    {"special-region", {"special administrative region", "特别行政区", "منطقة إدارية خاصة"}},
    {"city", {"city", "城市", "مدينة"}},
    {"department", {"department", "部门", "إدارة"}},
    {"infrastructure", {"infrastructure", "基础设施", "بنية تحتية"}},
    {"device", {"device", "设备", "جهاز"}},
    // Records.
    {"assign", {"assigned", "分配", "أُسند"}},
    {"update", {"updated by its holder", "持有者更新", "حدّثه صاحبه"}},
    {"recover", {"keys recovered", "恢复密钥", "استُعيدت المفاتيح"}},
    {"suspend", {"suspended", "暂停", "عُلّق"}},
    {"resume", {"resumed", "恢复", "استُؤنف"}},
    {"supersede", {"replaced", "取代", "استُبدل"}},
    {"revoke", {"withdrawn", "注销", "سُحب"}},
    {"revoke-codes", {"codes revoked", "撤销标识码", "أُلغيت رموز"}},
    {"aliases", {"other schemes changed", "变更别名", "تغيّرت الأسماء البديلة"}},
    // Other schemes.
    {"gbt2260", {"GB/T 2260", "GB/T 2260", "GB/T 2260"}},
    {"iso3166-2", {"ISO 3166-2", "ISO 3166-2", "ISO 3166-2"}},
    {"unlocode", {"UN/LOCODE", "UN/LOCODE", "UN/LOCODE"}},
    {"geonames", {"GeoNames", "GeoNames", "GeoNames"}},
    {"wikidata", {"Wikidata", "维基数据", "ويكي بيانات"}},
};

}  // namespace

std::span<const PageText> PageTexts() { return kTexts; }

const HtmlText& HtmlTexts(Language language) {
  static constexpr HtmlText kAll[] = {TextsIn(Language::kEnglish), TextsIn(Language::kChinese),
                                      TextsIn(Language::kArabic)};
  return kAll[static_cast<std::size_t>(language)];
}

std::string_view ValueWord(std::string_view name, Language language) {
  const auto row = std::ranges::find(kTexts, name, &PageText::name);
  return row == std::end(kTexts) ? name : row->words[static_cast<std::size_t>(language)];
}

std::span<const NamedText> Terms() { return kTerms; }

std::string_view WordsFor(std::string_view term, Language language) {
  for (const NamedText& row : kTerms) {
    if (row.name == term) return row.words[static_cast<std::size_t>(language)];
  }
  return term;
}

}  // namespace cityid
