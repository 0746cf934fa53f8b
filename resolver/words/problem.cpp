#include "resolver/words/problem.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace cityid {
namespace {

// clang-format off
constexpr ProblemText kProblems[] = {
    {"moved", 308, {{
        {"Moved", "This is served at another address, which your program is told."},
        {"已移动", "该内容位于另一网址，程序会自动得知。"},
        {"نُقل", "تُقدَّم هذه الصفحة على عنوان آخر يُبلَّغ به برنامجك."}}}},
    {"bad-request", 400, {{
        {"Not understood", "The request is not well-formed; the detail says why. Check the address or what was typed."},
        {"无法理解请求", "请求格式不正确，详情见说明。请检查网址或输入内容。"},
        {"طلب غير مفهوم", "صيغة الطلب غير صحيحة، والتفاصيل تبيّن السبب. تحقّق من العنوان أو مما كتبته."}}}},
    {"forbidden", 403, {{
        {"Not allowed", "A signature is wrong or missing; the detail says which."},
        {"不允许", "签名错误或缺失，详情见说明。"},
        {"غير مسموح", "هناك توقيع خاطئ أو ناقص، والتفاصيل تبيّن أيّها."}}}},
    {"not-found", 404, {{
        {"Nothing here", "There is no page at this address. Search for the city, or scan the code again."},
        {"页面不存在", "该网址没有内容。请搜索城市，或重新扫描二维码。"},
        {"لا شيء هنا", "لا توجد صفحة على هذا العنوان. ابحث عن المدينة أو أعد مسح الرمز."}}}},
    {"no-such-link", 404, {{
        {"No such link", "The identifier has no link of this kind. Its page shows those that it has."},
        {"没有此类链接", "该标识没有此类链接，其页面列出已有的链接。"},
        {"لا رابط كهذا", "ليس للمعرّف رابط من هذا النوع. تعرض صفحته ما لديه من روابط."}}}},
    {"unknown-alias", 404, {{
        {"Unknown alias", "No identifier has this value of another scheme."},
        {"别名不存在", "没有标识使用该编码体系中的这一取值。"},
        {"اسم بديل غير معروف", "لا يحمل أي معرّف هذه القيمة من نظام آخر."}}}},
    {"past-unknown", 404, {{
        {"Too long ago", "This resolver does not know what was at that time. Another one may."},
        {"时间过早", "本解析器不掌握当时的情况，其他解析器可能知道。"},
        {"زمن بعيد", "لا يعرف هذا المحلّل ما كان في ذلك الوقت، وقد يعرفه غيره."}}}},
    {"method-not-allowed", 405, {{
        {"Not possible here", "This address does not take requests of this kind."},
        {"不支持该操作", "该网址不接受此类请求。"},
        {"غير ممكن هنا", "لا يقبل هذا العنوان طلبات من هذا النوع."}}}},
    {"not-acceptable", 406, {{
        {"Not in that form", "The answer does not come in any form that your program asked for."},
        {"无此格式", "没有您的程序所要求的格式。"},
        {"لا تتوفر هذه الصيغة", "لا تتوفر الإجابة بأي صيغة طلبها برنامجك."}}}},
    {"refused", 409, {{
        {"Against the rules", "A rule of the ledger refuses the record; the detail names it."},
        {"不符合规则", "账本规则拒绝该记录，详情见说明。"},
        {"مخالف للقواعد", "ترفض إحدى قواعد السجل هذا القيد، والتفاصيل تسمّيها."}}}},
    {"precondition-failed", 412, {{
        {"Changed meanwhile", "What your program asked for is not what it has seen before."},
        {"内容已变化", "请求的内容与您的程序先前所见不同。"},
        {"تغيّر المحتوى", "ما طلبه برنامجك ليس ما رآه من قبل."}}}},
    {"too-large", 413, {{
        {"Too large", "More was sent than is taken at once; the detail says how much."},
        {"内容过大", "发送的内容超过上限，详情见说明。"},
        {"كبير جداً", "أُرسل أكثر مما يُقبل دفعة واحدة، والتفاصيل تبيّن الحد."}}}},
    {"uri-too-long", 414, {{
        {"Address too long", "The address is longer than any code. Scan again."},
        {"网址过长", "该网址长于任何二维码网址，请重新扫描。"},
        {"العنوان طويل جداً", "العنوان أطول من أي رمز. أعد المسح."}}}},
    {"unsupported-media-type", 415, {{
        {"Unknown format", "What was sent is in a format that is not taken here; the detail names those that are."},
        {"不支持的格式", "所发送内容的格式不被接受，可接受的格式见说明。"},
        {"صيغة غير معروفة", "أُرسل المحتوى بصيغة غير مقبولة هنا، والتفاصيل تذكر المقبول."}}}},
    {"misdirected", 421, {{
        {"Another host", "This resolver does not answer under that host name."},
        {"主机名不符", "本解析器不以该主机名提供服务。"},
        {"مضيف آخر", "لا يجيب هذا المحلّل تحت اسم المضيف هذا."}}}},
    {"too-many-requests", 429, {{
        {"Too many requests", "Your network has asked very often. Wait a moment, then try again."},
        {"请求过多", "您的网络请求过于频繁，请稍候再试。"},
        {"طلبات كثيرة", "أرسلت شبكتك طلبات كثيرة جداً. انتظر قليلاً ثم حاول."}}}},
    {"head-too-large", 431, {{
        {"Too many headers", "Your program sends more headers than are taken."},
        {"请求头过大", "您的程序发送的请求头超过上限。"},
        {"ترويسات كثيرة", "يرسل برنامجك ترويسات أكثر مما يُقبل."}}}},
    {"internal", 500, {{
        {"Something is broken", "This resolver has a fault; its operator's log says more. Try another one."},
        {"内部错误", "本解析器出现故障，运营方日志中有详情。请换用其他解析器。"},
        {"حدث خلل", "في هذا المحلّل عطل يبيّنه سجل المشغّل. جرّب محلّلاً آخر."}}}},
    {"not-implemented", 501, {{
        {"Not known", "This resolver does not know how to do that."},
        {"不支持", "本解析器不支持该功能。"},
        {"غير معروف", "لا يعرف هذا المحلّل كيف يفعل ذلك."}}}},
    {"unavailable", 503, {{
        {"Not now", "This resolver can't answer at the moment. Try later or elsewhere."},
        {"暂时不可用", "本解析器目前无法回答，请稍后或换用其他解析器。"},
        {"غير متاح الآن", "لا يستطيع هذا المحلّل الإجابة حالياً. حاول لاحقاً أو لدى غيره."}}}},
    {"not-indexed", 503, {{
        {"Not yet searchable", "This resolver's copy of the ledger is new, and its names are still being indexed. Identifiers and codes are answered already."},
        {"尚不能搜索", "本解析器的账本副本刚刚建立，名称索引仍在生成；标识和二维码已可查询。"},
        {"البحث غير جاهز بعد", "نسخة السجل هنا جديدة وما زالت الأسماء تُفهرس. المعرّفات والرموز تُجاب من الآن."}}}},
    {"http-version", 505, {{
        {"Unknown HTTP version", "Your program speaks a version of HTTP that is not spoken here."},
        {"HTTP 版本不支持", "您的程序使用的 HTTP 版本不受支持。"},
        {"إصدار HTTP غير معروف", "يستخدم برنامجك إصداراً من HTTP غير مدعوم هنا."}}}},
};
// clang-format on

}  // namespace

const ProblemText* FindProblem(std::string_view name) {
  static const std::vector<ProblemText> kAll = [] {
    std::vector<ProblemText> all(std::begin(kProblems), std::end(kProblems));
    for (const VerdictRow& row : VerdictTable())
      all.push_back({row.name, row.http_status, row.text});
    return all;
  }();
  const auto found = std::ranges::find(kAll, name, &ProblemText::name);
  return found == kAll.end() ? nullptr : &*found;
}

}  // namespace cityid
