// Applications to the registry.
#include "codec/text.h"
#include "ledger/consortium/registry.h"
#include "resolver/answer/json_text.h"
#include "resolver/routes/handlers.h"
#include "resolver/routing/prefix.h"
#include "resolver/show/record_json.h"

namespace cityid {
namespace {

constexpr std::size_t kPage = 100;

Response Json(int status, std::string body) {
  return {status,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          std::move(body) + "\n"};
}

Response Cose(Bytes bytes) {
  return {200,
          {{"Content-Type", "application/cose"}, {"Cache-Control", "no-store"}},
          std::string(AsText(bytes))};
}

/// One in two seconds; as many as a minute allows may come at once.
constexpr Rate kApplicationsRate{0.5, 30};

Failure NoRegistry() { return Failure{404, "this resolver takes no applications"}; }

std::optional<DraftId> ParseDraftId(std::string_view text) {
  const auto bytes = FromHex(text);
  return bytes ? DraftId::From(*bytes) : std::nullopt;
}

std::string SubmissionJson(const Submission& submission) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("id", Hex(submission.id));
  if (submission.index) {
    json.Member("state", submission.published ? "sequenced" : "unpublished");
    json.Member("index", submission.index->value);
  } else {
    json.Member("state", "waiting").Name("missing").Raw(MissingJson(submission.missing));
  }
  json.EndObject();
  return out;
}

std::string StateJson(const DraftId& id, const ApplicationState& standing) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Member("id", Hex(id)).Member("state", standing.state);
  if (standing.index) json.Member("index", standing.index->value);
  json.Member("why", standing.refused).EndObject();
  return out;
}

constexpr std::string_view kTooMany = "too many applications from your address; try again later";

Failure NoDraftId() { return Failure{400, "an application is named by 64 hexadecimal digits"}; }

}  // namespace

HandlerResult PostApplication(const Call& call) {
  if (call.service.registry == nullptr) return NoRegistry();
  if (auto failure =
          CheckRate(call.service.applications_rate, kApplicationsRate, call.request, kTooMany))
    return *std::move(failure);
  const auto now = call.service.now();
  const std::uint64_t client = call.request.limited ? call.request.client : 0;
  const auto submission = call.service.registry->Submit(AsBytes(call.request.body), now, client);
  if (!submission) return submission.error();
  Response response = Json(submission->published ? 201 : 202, SubmissionJson(*submission));
  response.headers.Add("Location", "/registry/applications/" + Hex(submission->id) + "/state");
  return response;
}

HandlerResult GetApplications(const Call& call) {
  if (call.service.registry == nullptr) return NoRegistry();
  std::optional<DraftId> after;
  if (const std::string_view text = call.request.parameter("after"); !text.empty()) {
    after = ParseDraftId(text);
    if (!after) return Failure{400, "after must be what a page before gave as next"};
  }
  const auto limit = PageLimit(call.request.query(), kPage);
  if (!limit) return limit.error();
  const auto page = call.service.registry->List(after, *limit);
  if (!page) return page.error();
  std::string out;
  JsonText json(out);
  json.BeginObject().Array("applications", page->applications,
                           [&](const Application& each) { json.Raw(ApplicationJson(each)); });
  if (page->next) json.Member("next", Hex(*page->next));
  json.EndObject();
  return Json(200, std::move(out));
}

HandlerResult GetApplication(const Call& call) {
  if (call.service.registry == nullptr) return NoRegistry();
  const auto id = ParseDraftId(call.path[0]);
  if (!id) return NoDraftId();
  auto entry = call.service.registry->Find(*id);
  if (!entry) return entry.error();
  if (!*entry)
    return Failure{404, "no such application waits: it was sequenced, refused, or never came"};
  return Cose(**std::move(entry));
}

HandlerResult GetStanding(const Call& call) {
  if (call.service.registry == nullptr) return NoRegistry();
  const auto id = ParseDraftId(call.path[0]);
  if (!id) return NoDraftId();
  const auto standing = call.service.registry->StateOf(*id);
  if (!standing) return standing.error();
  if (!*standing) return Failure{404, "no such application came, or it waited for too long"};
  return Json(200, StateJson(*id, **standing));
}

HandlerResult PostStatement(const Call& call) {
  if (call.service.registry == nullptr) return NoRegistry();
  if (auto failure =
          CheckRate(call.service.applications_rate, kApplicationsRate, call.request, kTooMany))
    return *std::move(failure);
  const ByteView body = AsBytes(call.request.body);
  const auto now = call.service.now();
  const std::uint64_t client = call.request.limited ? call.request.client : 0;
  const auto standing = call.service.registry->TakeStatement(body, now, client);
  if (!standing) return standing.error();
  std::string out;
  JsonText(out).BeginObject().Member("state", standing->state).EndObject();
  return Json(200, std::move(out));
}

Response DropApplications(Registry& registry, const Request& request) {
  const std::string_view client = request.parameter("client");
  const std::string_view application = request.parameter("application");
  const std::string_view text = request.parameter("prefix");
  const auto prefix = Prefix::Parse(text);
  const auto bytes = FromHex(client);
  const auto draft = ParseDraftId(application);
  if (client.empty() + application.empty() + text.empty() != 2 || (!text.empty() && !prefix) ||
      (!client.empty() && (!bytes || bytes->size() != 8)) || (!application.empty() && !draft)) {
    return Problem(400,
                   "say client=<16 digits of the metric>, prefix=<MA.156> or "
                   "application=<its 64 digits>");
  }
  const auto dropped = registry.DropUnsupported([&](const DraftId& id, const Waiting& waiting) {
    if (!client.empty()) return waiting.client == ReadBigEndian(*bytes);
    if (!application.empty()) return id == draft;
    return waiting.subject.starts_with(std::string(text) + ".");
  });
  if (!dropped) {
    const Failure failure = FailureOf(dropped.error());
    return Problem(failure.status, failure.detail, failure.type);
  }
  return Json(200, "{\"dropped\":" + std::to_string(*dropped) + "}");
}

HandlerResult GetStatement(const Call& call) {
  if (call.service.registry == nullptr) return NoRegistry();
  const auto id = ParseDraftId(call.path[0]);
  if (!id) return NoDraftId();
  auto statement = call.service.registry->FindStatement(*id);
  if (!statement) return statement.error();
  if (!*statement) return Failure{404, "no such application was withdrawn or rejected"};
  return Cose(**std::move(statement));
}

}  // namespace cityid
