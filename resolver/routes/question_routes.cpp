// Questions in a request's body.
#include "resolver/answer/answer_json.h"
#include "resolver/routes/answer_routes.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/routes/picture_routes.h"
#include "resolver/routing/questions.h"
#include "resolver/words/negotiate.h"

namespace cityid {
namespace {

/// The longest text that a code's URL can be, in bytes.
constexpr std::size_t kMaxCodeText = 4096;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kCbor = "application/cbor";

/// Returns the type of a list's answers; nothing if the client accepts neither. A client without a
/// preference gets the type of its questions.
std::optional<std::string_view> ChooseListType(const Request& request) {
  const std::string accept = request.list("accept");
  const int likes_json = AcceptQuality(accept, kJson);
  const int likes_cbor = AcceptQuality(accept, kCbor);
  if (likes_json == 0 && likes_cbor == 0) return std::nullopt;
  if (likes_json != likes_cbor) return likes_json > likes_cbor ? kJson : kCbor;
  return IsCborType(request.header("content-type")) ? kCbor : kJson;
}

constexpr std::size_t kRest = 16 * 1024;  // what follows the answers: the ledger that they are of

/// Answers each question, in their order, as one JSON object.
Result<std::string> AnswerAll(const Call& call, const std::vector<Question>& questions) {
  const Service& service = call.service;
  const auto view = ReadView(call);
  if (!view) return view.error();
  const auto clock = service.now();
  // The policy is read once, and what is asked about often.
  SubjectCache subjects;
  subjects.Use(view->version());
  std::string out;
  JsonText json(out);
  json.BeginObject().Name("results").BeginArray();
  LedgerMark ledger;
  for (const Question& question : questions) {
    auto answer = ResolveFor(service, QueryOf(question), *view, view->head(), clock, &subjects);
    if (!answer) return answer.error();
    json.BeginObject();
    AppendAnswer(json, *answer, answer->known ? subjects.JsonOf(*answer->known) : "");
    json.EndObject();
    if (out.size() + kRest > call.route->bounds.bytes)
      return Error{Errc::kTooLarge,
                   "the answers are too large for one reply; ask for fewer at once"};
    ledger = std::move(answer->ledger);
  }
  json.EndArray();
  AppendLedger(json, ledger);
  json.EndObject();
  return out += '\n';
}

}  // namespace

HandlerResult PostVerify(const Call& call) {
  if (auto failure = RefuseLinks(call.request)) return *std::move(failure);
  if (CarriesPicture(call.request)) return VerifyPicture(call);
  const auto question = ReadCode(call.request.header("content-type"), call.request.body);
  if (!question) return question.error();
  if (question->size() > kMaxCodeText) return Failure{413, "a code has at most 4,096 bytes"};
  if (!call.shown) return NotAcceptable();
  const auto view = ReadView(call);
  if (!view) return view.error();
  auto answer = ResolveFor(call.service, QueryOf(*question), *view, view->head(),
                           call.service.now(), nullptr);
  if (!answer) return answer.error();
  Shown shown = *call.shown;
  if (question->was_cleaned) shown.context.judged = std::get<std::string>(question->asked);
  Handled handled = ShowAnswer(*std::move(answer), shown);
  handled.response.headers.Add("Cache-Control", "no-store");
  return handled;
}

HandlerResult PostResolve(const Call& call) {
  if (auto failure = CheckRate(call.service.questions_rate, kListsRate, call.request,
                               "too many lists from your address; try again later"))
    return *std::move(failure);
  const auto questions = ReadQuestions(call.request.header("content-type"), call.request.body);
  if (!questions) return questions.error();
  const auto type = ChooseListType(call.request);
  if (!type) return Failure{406, "results come as application/json or application/cbor"};
  auto json = AnswerAll(call, *questions);
  if (!json) return json.error();
  Response response;
  response.headers = {{"Content-Type", *type},
                      {"Vary", "Accept"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Cache-Control", "no-store"}};
  response.body = *type == kCbor ? JsonToCbor(*json) : *std::move(json);
  return response;
}

}  // namespace cityid
