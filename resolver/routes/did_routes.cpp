#include "resolver/routes/did_routes.h"

#include <algorithm>
#include <array>

#include "codec/text.h"
#include "codec/time_text.h"
#include "ledger/find/past.h"
#include "ledger/store/history.h"
#include "resolver/answer/json_text.h"
#include "resolver/http/form.h"
#include "resolver/routes/answer_routes.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/show/did.h"
#include "resolver/show/negotiate.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kMaxDidUrl = 512;  // bytes

/// Resolves the path's identifier, and shows the answer in one representation whatever the client
/// accepts.
HandlerResult AnswerAs(const Call& call, std::string_view type) {
  if (const auto link_type = FormField(call.request.query(), "linkType"); !link_type || *link_type)
    return Failure{400, "this address takes no linkType; ask the identifier"};
  const auto table = RepresentationTable();
  const auto row = std::ranges::find(table, type, &Representation::type);
  Call as = call;
  as.shown = Shown{&*row, {}};
  as.shown->context.host = call.request.header("host");
  as.shown->context.subjects = call.service.subjects;
  return GetIdentifier(as);
}

/// A DID URL of the method web that may be one of ours.
struct DidUrl {
  std::string host, id;
  std::string path, query, fragment;  ///< without '/', '?' and '#' before them
};

/// Takes what follows the first `mark` off `text`, and the mark.
std::string TakeAfter(std::string& text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) return {};
  std::string after = text.substr(at + 1);
  text.erase(at);
  return after;
}

bool IsIdText(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:%").find(c) != std::string_view::npos;
  });
}

bool IsMethodName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

/// Parses a segment of a path as a DID URL. A DID may stand there as it is or percent-encoded as a
/// whole; '?' and '#' stand there percent-encoded.
std::variant<DidUrl, DidError> ParseDidUrl(std::string_view segment) {
  std::string text(segment);
  const bool encoded = !segment.starts_with("did:");
  const std::string lower = LowerCase(segment);
  if (encoded || lower.find("%23") != std::string::npos || lower.find("%3f") != std::string::npos) {
    auto decoded = PathText(segment, kMaxDidUrl);
    if (!decoded) return StandardDidError(400, "INVALID_DID", "this is no DID URL");
    text = *std::move(decoded);
  }
  DidUrl url;
  url.fragment = TakeAfter(text, '#');
  url.query = TakeAfter(text, '?');
  url.path = TakeAfter(text, '/');
  std::string_view rest = text;
  const std::string_view scheme = TakeUntil(rest, ':');
  const std::string_view method = TakeUntil(rest, ':');
  if (scheme != "did" || !IsMethodName(method) || !IsIdText(rest) || rest.ends_with(':') ||
      text.size() > kMaxDidUrl) {
    return StandardDidError(400, "INVALID_DID", "a DID looks like did:web:HOST:MA.156.1301");
  }
  if (method != "web")
    return StandardDidError(501, "METHOD_NOT_SUPPORTED", "only did:web is resolved here");
  url.host = TakeUntil(rest, ':');
  url.id = rest;
  return url;
}

/// The options of a request about a DID (DID Resolution, 4.1 and 5.1).
struct DidOptions {
  std::optional<std::string> version_id, version_time, service, relative_ref;
};

std::variant<DidOptions, DidError> ReadOptions(std::string_view query) {
  DidOptions options;
  std::optional<std::string> expand;
  const std::pair<std::string_view, std::optional<std::string>*> known[] = {
      {"versionId", &options.version_id},
      {"versionTime", &options.version_time},
      {"service", &options.service},
      {"relativeRef", &options.relative_ref},
      {"expandRelativeUrls", &expand}};
  for (std::string_view rest = query; !rest.empty();) {
    const std::string_view field = TakeUntil(rest, '&');
    const std::string_view name = field.substr(0, field.find('='));
    const auto row = std::ranges::find_if(known, [&](const auto& k) { return k.first == name; });
    if (row == std::end(known))
      return StandardDidError(501, "FEATURE_NOT_SUPPORTED", "an option is not known here");
    const auto value = FormField(query, name);
    if (!value || !*value)
      return StandardDidError(400, "INVALID_OPTIONS", "an option is not well-formed");
    *row->second = **value;
  }
  // Every URL in the documents is absolute already.
  if (expand && *expand != "true" && *expand != "false")
    return StandardDidError(400, "INVALID_OPTIONS", "expandRelativeUrls is true or false");
  if (options.version_id && options.version_time)
    return StandardDidError(400, "INVALID_OPTIONS", "versionId and versionTime exclude each other");
  if (options.relative_ref && !options.service)
    return StandardDidError(400, "INVALID_DID_URL", "relativeRef needs a service");
  return options;
}

template <class T>
using Either = Result<std::variant<T, DidError>>;

/// Returns the time of a version: of the record with this index.
Either<sys_seconds> TimeOfVersion(const LedgerView& view, const CityId& id,
                                  const std::string& version) {
  const DidError unknown = StandardDidError(404, "NOT_FOUND", "there is no such version");
  const auto index = ParseDecimal(version);
  if (!index) return {StandardDidError(400, "INVALID_OPTIONS", "versionId is a number")};
  const auto changes = ReadHistory(view, id, Index{*index + 1}, 1);
  if (!changes) return changes.error();
  if (changes->empty() || changes->front().index.value != *index) return {unknown};
  return {changes->front().time};
}

/// Returns the time as of which is asked; nothing for now.
Either<std::optional<sys_seconds>> AsOf(const LedgerView& view, sys_seconds now, const CityId& id,
                                        const DidOptions& options) {
  if (options.version_id) {
    const auto time = TimeOfVersion(view, id, *options.version_id);
    if (!time) return time.error();
    if (const auto* error = std::get_if<DidError>(&*time)) return {*error};
    return {std::optional(std::get<sys_seconds>(*time))};
  }
  if (!options.version_time) return {std::optional<sys_seconds>()};
  const auto time = ParseDateTime(*options.version_time);
  if (!time || *time > now) {
    return {StandardDidError(400, "INVALID_OPTIONS",
                             "versionTime is in the past, and looks like 2027-01-15T08:00:00Z")};
  }
  const auto since = KnownSince(view);
  if (!since) return since.error();
  if (*since && *time < **since) {
    return {StandardDidError(404, "NOT_FOUND",
                             "this resolver knows the past since " + TimeText(**since))};
  }
  return {std::optional(*time)};
}

/// Returns when the document was made, and when it last changed.
Result<DidTimes> TimesOf(const LedgerView& view, const Subject& subject) {
  DidTimes times;
  const CityId& id = subject.self().id;
  const auto first = FirstHistory(view, IdentifierKey(id), Index{0});
  if (!first) return first.error();
  // A replica from a snapshot lacks what was before.
  if (*first && !(*first)->row.before)
    times.created =
        sys_seconds(std::chrono::seconds(static_cast<std::int64_t>((*first)->row.time)));
  const std::uint64_t version = DidVersionOf(subject);
  const auto changes = ReadHistory(view, id, Index{version + 1}, 1);
  if (!changes) return changes.error();
  if (!changes->empty() && changes->front().index.value == version)
    times.updated = changes->front().time;
  return times;
}

Response Said(int status, std::string_view type, std::string body) {
  Response response;
  response.status = status;
  response.headers = {
      {"Content-Type", type}, {"Vary", "Accept"}, {"X-Content-Type-Options", "nosniff"}};
  response.body = std::move(body);
  return response;
}

/// Whether a request asks for a part of a document, and what its failures look like.
struct Wanted {
  bool part = false;
  Response Refuse(const DidError& error) const {
    Response response = part ? Said(error.status, kDidDereferencing, DidNoContentText(error))
                             : Said(error.status, kDidResolution, DidResolutionText(error));
    response.headers.Add("Cache-Control", "no-store");
    return response;
  }
};

/// Returns where a service leads, with a reference appended that can't lead to another host.
std::variant<std::string, DidError> LeadTo(std::string address, const std::string& reference) {
  if (reference.empty()) return address;
  const bool plain = std::ranges::all_of(reference, [](unsigned char c) {
    return c > 0x20 && c < 0x7F &&
           std::string_view("\"<>\\^`{|}").find(static_cast<char>(c)) == std::string_view::npos;
  });
  const bool path = reference[0] == '/' && !reference.starts_with("//");
  if (!plain || (!path && reference[0] != '?' && reference[0] != '#')) {
    return StandardDidError(400, "INVALID_DID_URL",
                            "relativeRef begins with a single '/', with '?' or '#'");
  }
  const std::size_t authority = address.find("://") + 3;
  if (path) return address.substr(0, address.find_first_of("/?#", authority)) + reference;
  const std::size_t kept = address.find_first_of(reference[0] == '?' ? "?#" : "#", authority);
  address.erase(std::min(kept, address.size()));
  if (address.find('/', authority) == std::string::npos &&
      address.find('?', authority) == std::string::npos)
    address += '/';
  return address + reference;
}

Response LeadToService(const Answer& answer, std::string_view host, const DidOptions& options,
                       std::string_view type) {
  const Wanted wanted{true};
  const auto address = DidServiceAddress(answer, host, *options.service);
  if (!address)
    return wanted.Refuse(StandardDidError(404, "NOT_FOUND", "there is no such service"));
  const auto target = LeadTo(*address, options.relative_ref.value_or(""));
  if (const auto* error = std::get_if<DidError>(&target)) return wanted.Refuse(*error);
  const auto& location = std::get<std::string>(target);
  const bool list = type == "text/uri-list";
  std::string quoted;
  JsonText(quoted).Text(location);
  Response response = Said(303, list ? "text/uri-list" : kDidDereferencing,
                           list ? location + "\r\n" : DidContentText("text/uri-list", quoted));
  response.headers.Add("Location", location);
  response.headers.Add("Referrer-Policy", "no-referrer");
  return response;
}

/// Writes an answer about a DID URL in a media type that was negotiated.
Result<Response> Tell(const LedgerView& view, const Answer& answer, const DidUrl& url,
                      const DidOptions& options, std::string_view type) {
  const int status = Row(answer.verdict).http_status;
  if (options.service || !url.fragment.empty()) {
    if (!answer.known) return Said(status, kDidDereferencing, DidNoContentText(answer));
    if (options.service) return LeadToService(answer, url.host, options, type);
    const auto part = DidPart(answer, url.host, url.fragment);
    if (part) return Said(200, kDidDereferencing, DidContentText("application/json", *part));
    return Wanted{true}.Refuse(
        StandardDidError(404, "NOT_FOUND", "the document has nothing of this name"));
  }
  if (!answer.known || type == kDidResolution) {
    DidTimes times;
    if (answer.known) {
      auto read = TimesOf(view, *answer.known);
      if (!read) return read.error();
      times = *read;
    }
    return Said(status, kDidResolution, DidResolutionText(answer, url.host, times));
  }
  RenderContext context;
  context.host = url.host;
  return Said(200, type, RenderDid(answer, context));
}

/// Resolves the identifier of a DID URL, now or as it was.
Either<Answer> ResolveDid(const Call& call, const LedgerView& view, const DidUrl& url,
                          const DidOptions& options, sys_seconds clock) {
  auto mark = MarkOf(view, view.head(), call.service.age, clock, call.service.subjects);
  if (!mark) return mark.error();
  const auto& hosts = mark->policy->policy.hosts;
  const auto id = CityId::Parse(url.id);
  if (!id || std::ranges::find(hosts, url.host) == hosts.end() || !url.path.empty())
    return {StandardDidError(404, "NOT_FOUND", "no identifier of this ledger has this DID")};
  const Query query{*id, {}, {}};
  const auto as_of = AsOf(view, std::max(clock, view.head().time), *id, options);
  if (!as_of) return as_of.error();
  if (const auto* error = std::get_if<DidError>(&*as_of)) return {*error};
  const auto when = std::get<std::optional<sys_seconds>>(*as_of);
  if (!when) {
    auto answer = ResolveFor(call.service, query, view, view.head(), clock, call.service.subjects);
    if (!answer) return answer.error();
    return {*std::move(answer)};
  }
  const PastState past(view, *when);
  auto answer = ResolveFor(call.service, query, past, view.head(), clock, nullptr);
  if (!answer) return answer.error();
  if (options.version_id && answer->known &&
      std::to_string(DidVersionOf(*answer->known)) != *options.version_id)
    return {StandardDidError(404, "NOT_FOUND", "there is no such version")};
  return {*std::move(answer)};
}

/// Returns the media type that the client accepts of those that there are.
std::optional<std::string_view> TypeFor(const Request& request, bool part, bool service) {
  const std::array<std::string_view, 3> whole = {kDidResolution, kDidDocument,
                                                 "application/did+ld+json"};
  const std::array<std::string_view, 3> parts = {kDidDereferencing, service ? "text/uri-list" : "",
                                                 ""};
  const auto& offered = part ? parts : whole;
  const auto chosen = ChooseType(request.list("accept"), offered);
  if (!chosen) return std::nullopt;
  return offered[*chosen];
}

}  // namespace

HandlerResult GetDidDocument(const Call& call) { return AnswerAs(call, kDidDocument); }

HandlerResult GetJwks(const Call& call) { return AnswerAs(call, "application/jwk-set+json"); }

HandlerResult GetDid(const Call& call) {
  Wanted wanted;
  const auto parsed = ParseDidUrl(call.path[0]);
  if (const auto* error = std::get_if<DidError>(&parsed)) return wanted.Refuse(*error);
  const auto& url = std::get<DidUrl>(parsed);
  if (!url.query.empty() && !call.request.query().empty())
    return wanted.Refuse(
        StandardDidError(400, "INVALID_OPTIONS",
                         "options are either in the DID URL or in the query of the request"));
  const auto read = ReadOptions(url.query.empty() ? call.request.query() : url.query);
  if (const auto* error = std::get_if<DidError>(&read)) return wanted.Refuse(*error);
  const auto& options = std::get<DidOptions>(read);
  wanted.part = options.service || !url.fragment.empty();
  const auto type = TypeFor(call.request, wanted.part, options.service.has_value());
  if (!type) {
    return wanted.Refuse(StandardDidError(406, "REPRESENTATION_NOT_SUPPORTED",
                                          wanted.part
                                              ? "parts come as " + std::string(kDidDereferencing)
                                              : "documents come as " + std::string(kDidResolution) +
                                                    " or " + std::string(kDidDocument)));
  }
  const auto view = ReadView(call);
  if (!view) return view.error();
  const auto clock = call.service.now();
  const auto resolved = ResolveDid(call, *view, url, options, clock);
  if (!resolved) return resolved.error();
  if (const auto* error = std::get_if<DidError>(&*resolved)) return wanted.Refuse(*error);
  const auto& answer = std::get<Answer>(*resolved);
  auto told = Tell(*view, answer, url, options, *type);
  if (!told) return told.error();
  if (told->status < 400 || told->status == 410) {
    told->fresh_until = FreshUntil(answer.ledger, {}, call.service, clock);
  } else if (told->headers.Find("Cache-Control").empty()) {
    told->headers.Add("Cache-Control", "no-store");
  }
  if (told->status == 200)
    told->headers.Add("ETag", '"' + Hex(FingerprintOf(AsBytes(told->body))) + '"');
  Handled handled(*std::move(told));
  handled.verdict = answer.verdict;
  return handled;
}

}  // namespace cityid
