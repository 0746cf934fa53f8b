#include "resolver/words/scanner_text.h"

#include <algorithm>

namespace cityid {
namespace {

// clang-format off
constexpr NamedText kTexts[] = {
    {"title", {"Scan a code", "扫描二维码", "امسح رمزاً"}},
    {"about", {
        "Point the camera at a city's code. This device checks it itself, with the keys of the institutes.",
        "将摄像头对准城市二维码。本设备使用各机构的公钥自行核验。",
        "وجّه الكاميرا إلى رمز مدينة. يتحقّق هذا الجهاز منه بنفسه بمفاتيح المعاهد."}},
    {"by_server", {
        "This page can't check codes on your device. The form asks this server instead.",
        "本页面无法在您的设备上核验，下面的表单将由本服务器核验。",
        "لا تستطيع هذه الصفحة التحقّق على جهازك. النموذج أدناه يسأل هذا الخادم."}},
    {"camera", {"Use the camera", "使用摄像头", "استخدم الكاميرا"}},
    {"stop", {"Stop the camera", "关闭摄像头", "أوقف الكاميرا"}},
    {"again", {"Scan another", "再扫一个", "امسح آخر"}},
    {"torch", {"Light", "照明灯", "الضوء"}},
    {"which_camera", {"Camera", "摄像头", "الكاميرا"}},
    {"photo", {"Read a photo", "读取照片", "اقرأ صورة"}},
    {"seal_file", {"Check a PDF", "核验 PDF", "افحص PDF"}},
    {"one_file", {"One file at a time, please.", "请一次只选一个文件。", "ملف واحد في كل مرة من فضلك."}},
    {"unreadable_file", {"The file can't be read.", "无法读取该文件。", "تعذّرت قراءة الملف."}},
    {"file_too_large", {
        "The file is too large for this page. A computer can check it: cityid document verify.",
        "文件过大，本页面无法核验。可在电脑上使用 cityid document verify 核验。",
        "الملف أكبر من أن تفحصه هذه الصفحة. يمكن فحصه على حاسوب: cityid document verify."}},
    {"looking", {"Looking for a code …", "正在寻找二维码……", "جارٍ البحث عن رمز…"}},
    {"checking", {"Checking …", "正在核验……", "جارٍ التحقّق…"}},
    {"result", {"Result", "结果", "النتيجة"}},
    {"which_code", {
        "Code {number} of {count} in this picture",
        "图中第 {number} 个码，共 {count} 个",
        "الرمز {number} من {count} في هذه الصورة"}},
    {"nothing_in_photo", {
        "No code was found in the photo.", "照片中没有找到二维码。", "لم يُعثر على رمز في الصورة."}},
    {"camera_refused", {
        "The camera may not be used. Allow it in the browser's settings, read a photo, or paste the text of the code below.",
        "无法使用摄像头。请在浏览器设置中允许，或读取照片，或在下面粘贴二维码文本。",
        "لا يُسمح باستخدام الكاميرا. اسمح بها في إعدادات المتصفح، أو اقرأ صورة، أو ألصق نص الرمز أدناه."}},
    {"no_camera", {
        "No camera was found. Read a photo, or paste the text of the code below.",
        "没有找到摄像头。请读取照片，或在下面粘贴二维码文本。",
        "لم يُعثر على كاميرا. اقرأ صورة، أو ألصق نص الرمز أدناه."}},
    {"camera_busy", {
        "The camera doesn't start; another program may be using it. End that and try again, read a photo, or paste the text of the code below.",
        "摄像头无法启动，可能正被其他程序占用。请关闭该程序后重试，或读取照片，或在下面粘贴二维码文本。",
        "لا تعمل الكاميرا؛ ربما يستخدمها برنامج آخر. أغلقه وحاول من جديد، أو اقرأ صورة، أو ألصق نص الرمز أدناه."}},
    {"no_reader", {
        "The program that reads pictures could not be loaded. Paste the text of the code below.",
        "无法加载识别图像的程序。请在下面粘贴二维码文本。",
        "تعذّر تحميل البرنامج الذي يقرأ الصور. ألصق نص الرمز أدناه."}},
    {"no_checker", {
        "The program that checks codes could not be loaded: nothing is checked on this device. This server is asked instead.",
        "无法加载核验程序，本设备不作任何核验，改由本服务器核验。",
        "تعذّر تحميل برنامج التحقّق، فلا شيء يُفحص على هذا الجهاز. يُسأل هذا الخادم بدلاً من ذلك."}},
    {"failed", {
        "Something went wrong on this device, so nobody can tell. Open the page again.",
        "本设备出现故障，无法判断。请重新打开本页面。",
        "حدث خطأ على هذا الجهاز، فلا يمكن الجزم. افتح الصفحة من جديد."}},
    {"no_network", {"This needs a network, and there is none now.", "此操作需要网络，目前没有网络。", "هذا يحتاج إلى شبكة، ولا شبكة الآن."}},
    {"fetching", {"Fetching …", "正在获取……", "جارٍ الجلب…"}},
    {"no_keys", {
        "This device has no keys of the institutes yet, and they could not be fetched.",
        "本设备尚无各机构的公钥，且无法获取。",
        "لا توجد على هذا الجهاز مفاتيح المعاهد بعد، وتعذّر جلبها."}},
    {"nothing_kept", {
        "This browser keeps nothing for this page: there is no checking without a network.",
        "此浏览器不为本页面保存数据，因此无法离线核验。",
        "لا يحفظ هذا المتصفح شيئاً لهذه الصفحة، فلا تحقّق من دون شبكة."}},
    {"page_not_kept", {
        "This browser doesn't keep the page itself: without a network it can't be opened again.",
        "此浏览器不保存本页面：没有网络时无法再次打开。",
        "لا يحفظ هذا المتصفح الصفحة نفسها: لا يمكن فتحها من جديد من دون شبكة."}},
    {"no_room", {
        "There is no room to keep this. Remove a pack or free some space; checking with a network still works.",
        "存储空间不足。请删除一个离线包或释放空间；联网核验仍可使用。",
        "لا مكان لحفظ هذا. احذف حزمة أو أفرغ بعض المساحة؛ ويبقى التحقّق عبر الشبكة ممكناً."}},
    {"not_reached", {
        "No proof could be fetched, and no pack on this device reaches this code. It may be genuine or not: try again with a network.",
        "无法获取证明，且本设备上的离线包不包含该码，无法判断真伪。请联网后重试。",
        "تعذّر جلب إثبات، ولا تصل أي حزمة على هذا الجهاز إلى هذا الرمز. قد يكون أصلياً أو لا: أعد المحاولة مع شبكة."}},
    {"bad_proof", {
        "What this host sent proves nothing, so nobody can tell. Try again later, or at another resolver.",
        "该主机提供的内容不构成证明，无法判断真伪。请稍后再试或使用其他解析器。",
        "ما أرسله هذا المضيف لا يثبت شيئاً، فلا يمكن الجزم. حاول لاحقاً أو لدى محلّل آخر."}},
    {"how", {
        "Checked on this device, with the keys of {quorum} of {institutes} institutes, ledger of {time}.",
        "已在本设备上核验：使用 {institutes} 家机构中 {quorum} 家的公钥，账本时间 {time}。",
        "جرى التحقّق على هذا الجهاز بمفاتيح {quorum} من {institutes} معاهد، والسجل حتى {time}."}},
    {"how_file", {
        "Checked on this device, with the keys of the trust file, ledger of {time}.",
        "已在本设备上核验：使用信任文件中的公钥，账本时间 {time}。",
        "جرى التحقّق على هذا الجهاز بمفاتيح ملف الثقة، والسجل حتى {time}."}},
    {"how_pack", {
        "Checked on this device with the pack {pack} that is kept here: keys of {quorum} of {institutes} institutes, ledger of {time}. It doesn't know what changed since.",
        "已在本设备上使用所保存的离线包 {pack} 核验：{institutes} 家机构中 {quorum} 家的公钥，账本时间 {time}，此后的变更未知。",
        "جرى التحقّق على هذا الجهاز بالحزمة {pack} المحفوظة هنا: مفاتيح {quorum} من {institutes} معاهد، والسجل حتى {time}. ولا تعرف ما تغيّر بعد ذلك."}},
    {"how_pack_file", {
        "Checked on this device with the pack {pack} that is kept here: keys of the trust file, ledger of {time}. It doesn't know what changed since.",
        "已在本设备上使用所保存的离线包 {pack} 核验：信任文件中的公钥，账本时间 {time}，此后的变更未知。",
        "جرى التحقّق على هذا الجهاز بالحزمة {pack} المحفوظة هنا: مفاتيح ملف الثقة، والسجل حتى {time}. ولا تعرف ما تغيّر بعد ذلك."}},
    {"how_form", {
        "Read on this device. It has not the form of a city's code, so nobody was asked.",
        "已在本设备上读取。其格式不是城市二维码，因此未查询任何内容。",
        "قُرئ على هذا الجهاز. ليست له صيغة رمز مدينة، فلم يُسأل أحد."}},
    {"how_not", {"Nothing was checked.", "未作任何核验。", "لم يُفحص شيء."}},
    {"packs", {"Without a network", "离线使用", "من دون شبكة"}},
    {"packs_about", {
        "Keep a country or a city on this device, and its codes are checked in a tunnel, too. Packs are refreshed each day while there is a network, and good for a week.",
        "将一个国家或城市保存到本设备，即可在隧道等无网络处核验其二维码。有网络时每天更新，有效期一周。",
        "احفظ بلداً أو مدينة على هذا الجهاز فتُفحص رموزها في النفق أيضاً. تُحدَّث الحزم يومياً عند وجود شبكة، وتصلح أسبوعاً."}},
    {"pack_label", {
        "Name of a city, or a prefix such as MA.156",
        "城市名称，或前缀（如 MA.156）",
        "اسم مدينة، أو بادئة مثل MA.156"}},
    {"keep", {"Keep {pack}", "保存 {pack}", "احفظ {pack}"}},
    {"remove", {"Remove {pack}", "删除 {pack}", "احذف {pack}"}},
    {"pack_line", {
        "{pack}: {size} KB, ledger of {time}",
        "{pack}：{size} KB，账本时间 {time}",
        "{pack}: {size} كيلوبايت، والسجل حتى {time}"}},
    {"pack_unusable", {
        "{pack}: {size} KB, can't be used with the keys in force; it is fetched anew with a network",
        "{pack}：{size} KB，与现行公钥不符，无法使用；联网后会重新获取",
        "{pack}: {size} كيلوبايت، لا تصلح مع المفاتيح السارية؛ تُجلب من جديد عند وجود شبكة"}},
    {"too_old", {
        "too old to tell anything: it is refreshed with a network",
        "过旧，无法用于核验；联网后会更新",
        "قديمة جداً ولا تفيد شيئاً: تُحدَّث عند وجود شبكة"}},
    {"pack_failed", {
        "{pack} could not be kept.",
        "无法保存 {pack}。",
        "تعذّر حفظ {pack}."}},
    {"keys", {"Keys of the institutes", "各机构的公钥", "مفاتيح المعاهد"}},
    {"keys_about", {
        "These came from this host. Compare them with those of an institute, or choose the trust file that it gave you.",
        "这些公钥来自该主机。请与机构公布的公钥核对，或选择机构提供的信任文件。",
        "جاءت هذه من هذا المضيف. قارنها بما لدى أحد المعاهد، أو اختر ملف الثقة الذي أعطاك إياه."}},
    {"keys_chosen", {
        "These are of the trust file that you chose.",
        "这些公钥来自您选择的信任文件。",
        "هذه من ملف الثقة الذي اخترته."}},
    {"keys_refused", {
        "This is no trust file that can be used here.",
        "该文件不能用作信任文件。",
        "هذا ليس ملف ثقة يمكن استخدامه هنا."}},
    {"choose_keys", {"Choose a trust file", "选择信任文件", "اختر ملف ثقة"}},
    {"keys_of_host", {"Take those of this host", "使用该主机提供的公钥", "خذ مفاتيح هذا المضيف"}},
    {"limits", {"What this page can't do", "本页面的局限", "ما لا تستطيعه هذه الصفحة"}},
    {"limits_about", {
        "The page itself comes from its host, and whoever controls the host can change it. Open it once at the right address, and install it: a code that you scan never leads anywhere else.",
        "本页面本身来自其主机，控制该主机者可以更改页面。请在正确的网址打开一次并安装；扫描的二维码绝不会把您带往别处。",
        "تأتي الصفحة نفسها من مضيفها، ومن يتحكّم بالمضيف يستطيع تغييرها. افتحها مرة من العنوان الصحيح وثبّتها: فلا يقودك رمز تمسحه إلى مكان آخر."}},
    {"newer", {"There is a newer version of this page.", "本页面有新版本。", "توجد نسخة أحدث من هذه الصفحة."}},
    {"reload", {"Open it", "打开新版本", "افتحها"}},
};
// clang-format on

}  // namespace

std::span<const NamedText> ScannerTexts() { return kTexts; }

std::string_view ScannerWords(std::string_view name, Language language) {
  return std::ranges::find(kTexts, name, &NamedText::name)
      ->words[static_cast<std::size_t>(language)];
}

}  // namespace cityid
