#include "resolver/words/html_text.h"

namespace cityid {
namespace {

constexpr HtmlText kEnglish = {
    .host_note =
        "Compare this address with the one on the sign. On another address, anybody can "
        "say anything: a forged sign leads to a forged page.",
    .judged = "What surrounded the code was left out. This was checked:",
    .identifier = "Identifier",
    .status = "Status",
    .as_of = "As it was",
    .level = "Level",
    .part_of = "Part of",
    .position = "Position",
    .map = "map",
    .population = "Population",
    .website = "Website",
    .active = "active",
    .suspended = "suspended",
    .superseded = "replaced",
    .withdrawn = "withdrawn",
    .suggestions = "The check characters don't fit. Did you mean",
    .nearest = "The nearest registered identifier is",
    .inactive = "Because of",
    .reason = "Reason given:",
    .successor = "Replaced by",
    .code = "The code",
    .code_claims = "What the code claims, though it is not valid",
    .code_text = "As text",
    .for_city = "city",
    .for_unit = "unit",
    .for_device = "device",
    .for_document = "document",
    .endpoints = "Data-sharing endpoints",
    .no_endpoints = "None are registered.",
    .not_encrypted = "not encrypted",
    .private_address = "private address, not shown",
    .open = "open to all",
    .registered = "open after registration",
    .restricted = "restricted",
    .check = "Check it yourself",
    .check_how =
        "You need not believe this page: the proof can be checked with the program "
        "<code dir=\"ltr\">cityid check</code> and the consortium's keys alone.",
    .proof = "Proof",
    .history = "History",
    .children = "What is below",
    .ledger = "Ledger",
    .stale = "This copy of the ledger is old: it does not know what changed since",
    .frozen =
        "There is evidence that the ledger was tampered with. This copy has stopped before "
        "that.",
    .ledger_time = "As of",
    .ledger_size = "Entries",
    .ledger_root = "Root",
    .search = "Search",
    .search_label = "Name of a city, in any language, an identifier, or a code of another scheme",
    .verify = "Verify",
    .verify_label = "The text of a scanned code",
    .nothing_found = "Nothing was found.",
    .more = "More",
    .back = "Back to the identifier",
    .since = "This resolver knows what happened since",
    .found = "Search",
    .children_of = "Below",
    .peers_of = "Peers",
    .history_of = "History",
    .past_title = "The past",
    .past = "This is how it was, not how it is. As of",
    .present = "how it is now",
    .meaning = "What this means:",
    .nothing_checked = "This page explains a word. No code was checked.",
    .entry = "entry",
    .take_picture = "Or take a picture of the code",
    .choose_picture = "Or choose a picture or a sealed PDF",
    .picture_good = "Every code in the picture is genuine",
    .picture_bad = "A code in the picture must not be trusted",
    .picture_unsure = "Not every code in the picture could be confirmed",
    .picture_nothing = "No CityID code was found in the picture",
    .picture_missing = "Not everything in the picture was read",
    .picture_advice =
        "Go closer, avoid glare, and take one code at a time. What was not read was not "
        "checked.",
    .foreign = "Not a CityID code, and not checked:",
    .details = "Details",
    .file_good = "The file is genuine and unchanged",
    .file_changed = "The file was changed after it was sealed",
    .file_bad = "The seal of the file must not be trusted",
    .file_added = "Something was added to the file after it was sealed",
    .file_unsure = "The seal of the file could not be confirmed",
    .file_none = "The file has no seal",
    .seal_unchanged = "Every byte that was sealed is as it was.",
    .seal_changed =
        "The file is not what was sealed. Don't rely on it, and ask for the file as it was issued.",
    .seal_added =
        "What was sealed is still in the file, but a program may show what was added instead of "
        "it. Ask for the file as it was issued.",
    .seal_again = "The file was sealed again later, by the same office.",
    .seal_code = "A file is as good as the code of its seal. What that is stands below.",
    .sealed_bytes = "Bytes that were sealed:",
    .added_bytes = "bytes that were added:",
    .looks_signed = "What was added looks like a digital signature.",
    .no_seal =
        "Nothing in the file can be checked. If a page of it shows a code, take a picture of that: "
        "then the code is checked, and not the page.",
    .compare_paper =
        "No program can compare a paper with what was issued: compare what is listed here by eye.",
    .front_title = "Signed identifiers of cities",
    .front_about =
        "Every city, its departments, infrastructure and devices can have one global "
        "identifier. A signed code on a sign or document carries it. This service says "
        "whether a code is genuine, whose it is, and where the city shares its data.",
    .developers = "For programs",
    .home = "Home",
    .languages = "Languages"};

constexpr HtmlText kChinese = {
    .host_note =
        "请核对该网址是否与标牌上的网址一致；其他网址上的内容均不可信：伪造的标牌会指向伪造的"
        "网页。",
    .judged = "已去除二维码内容以外的部分，核验的内容为：",
    .identifier = "标识",
    .status = "状态",
    .as_of = "历史时间",
    .level = "级别",
    .part_of = "隶属于",
    .position = "位置",
    .map = "地图",
    .population = "人口",
    .website = "网站",
    .active = "有效",
    .suspended = "已暂停",
    .superseded = "已被取代",
    .withdrawn = "已注销",
    .suggestions = "校验字符不符，您要找的是否为",
    .nearest = "最近的已注册上级标识是",
    .inactive = "相关标识",
    .reason = "原因：",
    .successor = "取代者",
    .code = "标识码",
    .code_claims = "该码无效，以下仅为其自称的内容",
    .code_text = "文本形式",
    .for_city = "城市",
    .for_unit = "单位",
    .for_device = "设备",
    .for_document = "文件",
    .endpoints = "数据共享接口",
    .no_endpoints = "尚未登记。",
    .not_encrypted = "未加密",
    .private_address = "私有地址，不予显示",
    .open = "公开",
    .registered = "注册后开放",
    .restricted = "受限",
    .check = "自行验证",
    .check_how =
        "您不必相信本页面：使用程序 <code dir=\"ltr\">cityid check</code> "
        "和联盟的公钥即可独立验证证明。",
    .proof = "证明",
    .history = "历史记录",
    .children = "下级标识",
    .ledger = "账本",
    .stale = "该账本副本较旧，不掌握此后的变化：",
    .frozen = "有证据表明账本遭到篡改；本副本停留在此之前。",
    .ledger_time = "截至",
    .ledger_size = "条目数",
    .ledger_root = "根哈希",
    .search = "搜索",
    .search_label = "任意语言的城市名称、标识或其他编码",
    .verify = "验证",
    .verify_label = "扫描所得的文本",
    .nothing_found = "没有找到结果。",
    .more = "更多",
    .back = "返回该标识",
    .since = "本解析器掌握自此时间以来的情况：",
    .found = "搜索",
    .children_of = "下级标识",
    .peers_of = "同级标识",
    .history_of = "历史记录",
    .past_title = "历史状态",
    .past = "以下是过去的情况，并非现状。时间：",
    .present = "查看现状",
    .meaning = "术语说明：",
    .nothing_checked = "本页仅解释术语，未校验任何二维码。",
    .entry = "条目",
    .take_picture = "或拍摄二维码",
    .choose_picture = "或选择图片或已签章的 PDF",
    .picture_good = "图片中的标识码均真实有效",
    .picture_bad = "图片中有不可信的标识码",
    .picture_unsure = "图片中有未能确认的码",
    .picture_nothing = "图片中没有找到城市标识码",
    .picture_missing = "图片中有未能读取的内容",
    .picture_advice = "请靠近拍摄、避免反光，每次只拍一个码。未能读取的内容未经核验。",
    .foreign = "不是城市标识码，未经核验：",
    .details = "详情",
    .file_good = "文件真实且未被更改",
    .file_changed = "文件在签章后被更改",
    .file_bad = "文件的签章不可信",
    .file_added = "文件在签章后被添加了内容",
    .file_unsure = "文件的签章未能确认",
    .file_none = "文件没有签章",
    .seal_unchanged = "签章所涵盖的每个字节均与签章时一致。",
    .seal_changed = "该文件不是签章时的文件，请勿采信，并索取原始签发的文件。",
    .seal_added = "签章的内容仍在文件中，但程序可能显示后来添加的内容。请索取原始签发的文件。",
    .seal_again = "该文件后来由同一机构再次签章。",
    .seal_code = "文件是否可信取决于其签章的标识码，见下。",
    .sealed_bytes = "签章的字节数：",
    .added_bytes = "添加的字节数：",
    .looks_signed = "添加的内容看似数字签名。",
    .no_seal = "文件中没有可核验的内容。若页面上有标识码，请拍摄该码：核验的是标识码，而不是页面。",
    .compare_paper = "任何程序都无法核对纸质文件：请逐项目视比对此处所列内容。",
    .front_title = "城市签名标识",
    .front_about =
        "每个城市及其部门、设施和设备都可拥有一个全球标识，由标牌或文件上的签名二维码承载。"
        "本服务说明二维码是否真实、属于谁，以及城市在哪里共享数据。",
    .developers = "供程序使用",
    .home = "首页",
    .languages = "语言"};

constexpr HtmlText kArabic = {
    .host_note =
        "قارن هذا العنوان بالعنوان المكتوب على اللافتة؛ فأي عنوان آخر قد يعرض أي شيء: "
        "اللافتة المزوّرة تقود إلى صفحة مزوّرة.",
    .judged = "حُذف ما يحيط بالرمز، وهذا ما جرى التحقق منه:",
    .identifier = "المعرّف",
    .status = "الحالة",
    .as_of = "كما كان في",
    .level = "المستوى",
    .part_of = "تابع لـ",
    .position = "الموقع",
    .map = "خريطة",
    .population = "السكان",
    .website = "الموقع الإلكتروني",
    .active = "نشط",
    .suspended = "معلّق",
    .superseded = "مستبدل",
    .withdrawn = "مسحوب",
    .suggestions = "أحرف التحقق لا تطابق. هل تقصد",
    .nearest = "أقرب معرّف مسجّل هو",
    .inactive = "بسبب",
    .reason = "السبب المذكور:",
    .successor = "استُبدل بـ",
    .code = "الرمز",
    .code_claims = "ما يقوله الرمز عن نفسه، وهو غير صالح",
    .code_text = "نص الرمز",
    .for_city = "مدينة",
    .for_unit = "وحدة",
    .for_device = "جهاز",
    .for_document = "وثيقة",
    .endpoints = "نقاط مشاركة البيانات",
    .no_endpoints = "لا شيء مسجّل.",
    .not_encrypted = "غير مشفّر",
    .private_address = "عنوان خاص لا يُعرض",
    .open = "متاح للجميع",
    .registered = "متاح بعد التسجيل",
    .restricted = "مقيّد",
    .check = "تحقّق بنفسك",
    .check_how =
        "لا يلزمك تصديق هذه الصفحة: يمكن فحص الإثبات بالبرنامج "
        "<code dir=\"ltr\">cityid check</code> ومفاتيح الاتحاد وحدها.",
    .proof = "الإثبات",
    .history = "السجل التاريخي",
    .children = "ما يتبعه",
    .ledger = "السجل",
    .stale = "نسخة السجل هذه قديمة ولا تعرف ما تغيّر منذ",
    .frozen = "توجد أدلة على العبث بالسجل، وقد توقفت هذه النسخة قبل ذلك.",
    .ledger_time = "حتى تاريخ",
    .ledger_size = "عدد القيود",
    .ledger_root = "الجذر",
    .search = "بحث",
    .search_label = "اسم مدينة بأي لغة، أو معرّف، أو رمز من نظام آخر",
    .verify = "تحقّق",
    .verify_label = "نص الرمز الممسوح",
    .nothing_found = "لم يُعثر على شيء.",
    .more = "المزيد",
    .back = "العودة إلى المعرّف",
    .since = "يعرف هذا المحلّل ما جرى منذ",
    .found = "بحث",
    .children_of = "ما يتبعه",
    .peers_of = "النظراء",
    .history_of = "السجل التاريخي",
    .past_title = "الماضي",
    .past = "هكذا كان وليس كما هو الآن. حتى تاريخ",
    .present = "كما هو الآن",
    .meaning = "معنى العبارة:",
    .nothing_checked = "تشرح هذه الصفحة عبارة، ولم يُفحص أي رمز.",
    .entry = "قيد",
    .take_picture = "أو صوّر الرمز",
    .choose_picture = "أو اختر صورة أو ملف PDF مختومًا",
    .picture_good = "كل الرموز في الصورة أصلية",
    .picture_bad = "في الصورة رمز لا يُوثق به",
    .picture_unsure = "لم يتسنَّ تأكيد كل الرموز في الصورة",
    .picture_nothing = "لم يُعثر في الصورة على رمز CityID",
    .picture_missing = "لم يُقرأ كل ما في الصورة",
    .picture_advice =
        "اقترب من الرمز وتجنّب الوهج وصوّر رمزًا واحدًا في كل مرة. ما لم يُقرأ لم يُتحقق منه.",
    .foreign = "ليس رمز CityID ولم يُتحقق منه:",
    .details = "التفاصيل",
    .file_good = "الملف أصلي ولم يتغيّر",
    .file_changed = "تغيّر الملف بعد ختمه",
    .file_bad = "ختم الملف لا يُوثق به",
    .file_added = "أُضيف شيء إلى الملف بعد ختمه",
    .file_unsure = "لم يتسنَّ تأكيد ختم الملف",
    .file_none = "لا ختم في الملف",
    .seal_unchanged = "كل بايت شمله الختم كما كان عند الختم.",
    .seal_changed = "الملف ليس ما خُتم. لا تعتمد عليه، واطلب الملف كما صدر.",
    .seal_added =
        "ما خُتم لا يزال في الملف، لكن قد يعرض برنامج ما أُضيف بدلًا منه. اطلب الملف كما صدر.",
    .seal_again = "خُتم الملف لاحقًا مرة أخرى من الجهة نفسها.",
    .seal_code = "الملف موثوق بقدر رمز ختمه، وبيانه أدناه.",
    .sealed_bytes = "عدد البايتات المختومة:",
    .added_bytes = "عدد البايتات المضافة:",
    .looks_signed = "يبدو ما أُضيف توقيعًا رقميًا.",
    .no_seal =
        "لا شيء في الملف يمكن التحقق منه. إن ظهر رمز في صفحة منه فصوّره: عندئذ يُتحقق من الرمز لا من "
        "الصفحة.",
    .compare_paper = "لا يستطيع أي برنامج مقارنة الورقة بما صدر: قارن ما هو مذكور هنا بعينك.",
    .front_title = "معرّفات موقّعة للمدن",
    .front_about =
        "يمكن لكل مدينة وإداراتها ومنشآتها وأجهزتها أن تحمل معرّفاً عالمياً واحداً ينقله رمز "
        "موقّع على لافتة أو وثيقة. تبيّن هذه الخدمة هل الرمز أصلي ولمن هو وأين تشارك المدينة "
        "بياناتها.",
    .developers = "للبرامج",
    .home = "الرئيسية",
    .languages = "اللغات"};

/// Terms that records use, in words. A term that is not here is shown as it is.
struct TermRow {
  std::string_view term;
  std::array<std::string_view, kLanguages> words;
};
constexpr std::array<TermRow, 30> kTerms = {{
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
}};

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

std::vector<std::string_view> Terms() {
  std::vector<std::string_view> terms;
  for (const TermRow& row : kTerms) terms.push_back(row.term);
  return terms;
}

std::string_view WordsFor(std::string_view term, Language language) {
  for (const TermRow& row : kTerms) {
    if (row.term == term) return row.words[static_cast<std::size_t>(language)];
  }
  return term;
}

}  // namespace cityid
