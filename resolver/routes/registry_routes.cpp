#include "resolver/routes/registry_routes.h"

#include "codec/text.h"
#include "ledger/consortium/registry.h"
#include "resolver/routes/page_limit.h"
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
  std::string json = "{\"id\":\"" + Hex(submission.id) + "\"";
  if (submission.index) {
    json += std::string(",\"state\":\"") + (submission.published ? "sequenced" : "unpublished") +
            "\",\"index\":" + std::to_string(submission.index->value);
  } else {
    json += ",\"state\":\"waiting\",\"missing\":" + MissingJson(submission.missing);
  }
  return json + "}";
}

}  // namespace

HandlerResult PostApplication(const Call& call) {
  if (call.service.registry == nullptr) return NoRegistry();
  if (auto failure = CheckRate(call.service.applications_rate, kApplicationsRate, call.request,
                               "too many applications from your address; try again later"))
    return *std::move(failure);
  const auto now = call.service.now();
  const auto submission = call.service.registry->Submit(AsBytes(call.request.body), now);
  if (!submission) return submission.error();
  return Json(submission->published ? 201 : 202, SubmissionJson(*submission));
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
  std::string body = "{\"applications\":[";
  for (const Application& application : page->applications) {
    if (body.back() == '}') body += ",";
    body += ApplicationJson(application);
  }
  body += "]";
  if (page->next) body += ",\"next\":\"" + Hex(*page->next) + "\"";
  return Json(200, body + "}");
}

HandlerResult GetApplication(const Call& call) {
  if (call.service.registry == nullptr) return NoRegistry();
  const auto id = ParseDraftId(call.path[0]);
  if (!id) return Failure{400, "an application is named by 64 hexadecimal digits"};
  auto entry = call.service.registry->Find(*id);
  if (!entry) return entry.error();
  if (!*entry)
    return Failure{404, "no such application waits: it was sequenced, refused, or never came"};
  return Cose(**std::move(entry));
}

}  // namespace cityid
