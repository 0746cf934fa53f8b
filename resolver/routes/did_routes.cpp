// DID Resolution over HTTP (DID Resolution, HTTP binding).
#include <algorithm>
#include <array>

#include "codec/text.h"
#include "ledger/find/past.h"
#include "ledger/store/history.h"
#include "resolver/message/form.h"
#include "resolver/routes/answer_routes.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/open_ledger.h"
#include "resolver/show/did.h"
#include "resolver/show/link.h"
#include "resolver/words/negotiate.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kMaxDidUrl = 512;  // bytes

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

bool IsMethodName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

/// Parses a segment of a path as a DID URL. A DID may stand there as it is or percent-encoded as a
/// whole; '?' and '#' stand there percent-encoded.
std::variant<DidUrl, DidError> ParseDidUrl(std::string_view segment) {
  const std::string lower = LowerCase(segment);
  const std::size_t end = std::min(lower.find("%23"), lower.find("%3f"));
  const std::size_t plain = segment.starts_with("did:") ? std::min(end, segment.size()) : 0;
  const auto decoded = PathText(segment.substr(plain), kMaxDidUrl);
  if (!decoded) return DidError{400, "INVALID_DID", "this is no DID URL"};
  std::string text = std::string(segment.substr(0, plain)) + *decoded;
  DidUrl url;
  url.fragment = TakeAfter(text, '#');
  url.query = TakeAfter(text, '?');
  url.path = TakeAfter(text, '/');
  std::string_view rest = text;
  const std::string_view scheme = TakeUntil(rest, ':');
  const std::string_view method = TakeUntil(rest, ':');
  if (scheme != "did" || !IsMethodName(method) || !IsMadeOf(rest, ".-_:%") || rest.ends_with(':') ||
      text.size() > kMaxDidUrl) {
    return DidError{400, "INVALID_DID", "a DID looks like did:web:HOST:MA.156.1301"};
  }
  if (method != "web")
    return DidError{501, "METHOD_NOT_SUPPORTED", "only did:web is resolved here"};
  url.host = TakeUntil(rest, ':');
  url.id = rest;
  return url;
}

/// The options of a request about a DID (DID Resolution, 4.1 and 5.1).
struct DidOptions {
  std::optional<std::string> version_id, version_time, service, relative_ref;
};

/// Reads options from the query of a DID URL and that of the request, joined by '&'.
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
    if (field.empty()) continue;
    const std::string_view name = field.substr(0, field.find('='));
    const auto row = std::ranges::find_if(known, [&](const auto& k) { return k.first == name; });
    if (row == std::end(known))
      return DidError{501, "FEATURE_NOT_SUPPORTED", "an option is not known here"};
    const auto value = FormField(query, name);
    if (!value || !*value || *row->second)
      return DidError{400, "INVALID_OPTIONS", "an option is not well-formed, or stands twice"};
    *row->second = **value;
  }
  // Every URL in the documents is absolute already.
  if (expand && *expand != "true" && *expand != "false")
    return DidError{400, "INVALID_OPTIONS", "expandRelativeUrls is true or false"};
  if (options.version_id && options.version_time)
    return DidError{400, "INVALID_OPTIONS", "versionId and versionTime exclude each other"};
  if (options.relative_ref && !options.service)
    return DidError{400, "INVALID_DID_URL", "relativeRef needs a service"};
  return options;
}

template <class T>
using Either = Result<std::variant<T, DidError>>;

/// Returns the record that set a version, if there is one.
Result<std::optional<PastChange>> FindVersion(const LedgerView& view, const CityId& id,
                                              std::uint64_t version) {
  const auto changes = ReadHistory(view, id, Index{version + 1}, 1);
  if (!changes) return changes.error();
  if (changes->empty() || changes->front().index.value != version)
    return std::optional<PastChange>();
  return std::optional(changes->front());
}

/// Returns the state that is asked for; nothing for the present one.
Either<std::optional<PastState>> AsOf(const LedgerView& view, sys_seconds clock, const CityId& id,
                                      const DidOptions& options) {
  if (options.version_id) {
    const auto version = ParseDecimal(*options.version_id);
    if (!version) return {DidError{400, "INVALID_OPTIONS", "versionId is a number"}};
    const auto change = FindVersion(view, id, *version);
    if (!change) return change.error();
    if (!*change) return {DidError{404, "NOT_FOUND", "there is no such version"}};
    return {std::optional<PastState>(std::in_place, view, (*change)->index)};
  }
  if (!options.version_time) return {std::optional<PastState>()};
  const auto time = ReadVersionTime(view, clock, *options.version_time);
  if (!time) return time.error();
  if (const auto* failure = std::get_if<Failure>(&*time)) {
    return {DidError{failure->status, failure->status == 404 ? "NOT_FOUND" : "INVALID_OPTIONS",
                     failure->detail}};
  }
  return {std::optional<PastState>(std::in_place, view, std::get<sys_seconds>(*time))};
}

/// Returns when the document was made, and when it last changed.
Result<DidTimes> TimesOf(const LedgerView& view, const Subject& subject) {
  DidTimes times;
  const CityId& id = subject.self().id;
  const auto first = FirstHistory(view, IdentifierKey(id), Index{0});
  if (!first) return first.error();
  // A replica from a snapshot lacks what was before.
  const bool whole = *first && !(*first)->row.before;
  if (whole) {
    times.created =
        sys_seconds(std::chrono::seconds(static_cast<std::int64_t>((*first)->row.time)));
  }
  const std::uint64_t version = DidVersionOf(subject);
  if (whole && (*first)->index.value == version) return times;
  const auto change = FindVersion(view, id, version);
  if (!change) return change.error();
  if (*change) times.updated = (*change)->time;
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

Response Refuse(const DidForm& form, const DidError& error) {
  Response response = Said(error.status, form.type, DidErrorText(form, error));
  response.headers.Add("Cache-Control", "no-store");
  return response;
}

/// Returns true for characters that may stand in a URI.
bool IsUriText(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) {
    return c > 0x20 && c < 0x7F &&
           std::string_view("\"<>\\^`{|}").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

/// Returns where a service leads, with a reference appended that can't lead to another host.
std::variant<std::string, DidError> LeadTo(std::string address, const std::string& reference) {
  if (reference.empty()) return address;
  const bool path = reference[0] == '/' && !reference.starts_with("//");
  if (!IsUriText(reference) || (!path && reference[0] != '?' && reference[0] != '#')) {
    return DidError{400, "INVALID_DID_URL",
                    "relativeRef begins with a single '/', with '?' or '#'"};
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

/// Redirects to a service. The target inherits the fragment of the DID URL.
Response LeadToService(const Answer& answer, const DidUrl& url, const DidOptions& options) {
  const auto address = DidServiceAddress(answer, url.host, *options.service);
  if (!address) return Refuse(kDidDereferencing, {404, "NOT_FOUND", "there is no such service"});
  const auto target = LeadTo(*address, options.relative_ref.value_or(""));
  if (const auto* error = std::get_if<DidError>(&target)) return Refuse(kDidDereferencing, *error);
  std::string location = std::get<std::string>(target);
  if (!url.fragment.empty()) {
    if (!IsUriText(url.fragment) || location.find('#') != std::string::npos)
      return Refuse(kDidDereferencing, {400, "INVALID_DID_URL", "the fragment can't be added"});
    location += "#" + url.fragment;
  }
  return {
      303, {{"Location", location}, {"Vary", "Accept"}, {"Referrer-Policy", "no-referrer"}}, {}};
}

/// Writes an answer about a DID URL in a media type that was negotiated: a result in its form, or
/// what was found alone.
Result<Response> Tell(const LedgerView& view, const Answer& answer, const DidUrl& url,
                      const DidOptions& options, const DidForm& form, std::string_view type) {
  if (IsDeactivated(answer)) return Said(410, form.type, DidEndedText(form));
  if (!answer.known) return Refuse(form, DidErrorOf(answer));
  if (options.service && type != kDidDocument) return LeadToService(answer, url, options);
  std::string content;
  std::string about = "{}";
  if (!url.fragment.empty() && !options.service) {
    auto part = DidPart(answer, url.host, url.fragment);
    if (!part) return Refuse(form, {404, "NOT_FOUND", "the document has nothing of this name"});
    content = *std::move(part);
  } else {
    // The document then has one service.
    if (options.service && !HasDidService(answer, url.host, *options.service))
      return Refuse(form, {404, "NOT_FOUND", "the document has no such service"});
    content = DidDocumentText(answer, url.host, options.service.value_or(""));
    const auto times = TimesOf(view, *answer.known);
    if (!times) return times.error();
    about = DidMetadataText(answer, *times);
  }
  const bool alone = type != form.type;
  return Said(200, type, alone ? content + "\n" : DidResultText(form, content, about));
}

/// Resolves the identifier of a DID URL, now or as it was.
Either<Answer> ResolveDid(const Call& call, const LedgerView& view, const DidUrl& url,
                          const DidOptions& options, sys_seconds clock) {
  const auto mark = MarkOf(view, view.head(), call.service.age, clock, call.service.subjects);
  if (!mark) return mark.error();
  const auto id = CityId::Parse(url.id);
  if (!id || HostOf(mark->policy->policy, url.host) != url.host || !url.path.empty())
    return {DidError{404, "NOT_FOUND", "no identifier of this ledger has this DID"}};
  const Query query{*id, {}, {}};
  const auto as_of = AsOf(view, clock, *id, options);
  if (!as_of) return as_of.error();
  if (const auto* error = std::get_if<DidError>(&*as_of)) return {*error};
  const auto& past = std::get<std::optional<PastState>>(*as_of);
  const State& state = past ? static_cast<const State&>(*past) : view;
  auto answer = ResolveFor(call.service, query, state, view.head(), clock,
                           past ? nullptr : call.service.subjects);
  if (!answer) return answer.error();
  if (options.version_id && answer->known &&
      std::to_string(DidVersionOf(*answer->known)) != *options.version_id)
    return {DidError{404, "NOT_FOUND", "there is no such version"}};
  return {*std::move(answer)};
}

/// A form of result, and the media type that the client accepts: the form's, or that of what was
/// found alone. Empty: it accepts none.
struct Wanted {
  const DidForm* form;
  std::string_view type;
};

Wanted WantedBy(const Request& request, bool part, bool service) {
  const std::array<std::string_view, 4> whole = {kDidResolution.type, kDidDocument,
                                                 "application/did+ld+json", kDidDereferencing.type};
  const std::array<std::string_view, 4> parts = {kDidDereferencing.type, kDidDocument,
                                                 service ? "text/uri-list" : "", ""};
  const auto& offered = part ? parts : whole;
  const auto chosen = ChooseType(request.list("accept"), offered);
  const std::string_view type = chosen ? offered[*chosen] : "";
  const bool dereferences = part || type == kDidDereferencing.type;
  return {dereferences ? &kDidDereferencing : &kDidResolution, type};
}

}  // namespace

HandlerResult GetDid(const Call& call) {
  const auto parsed = ParseDidUrl(call.path[0]);
  if (const auto* error = std::get_if<DidError>(&parsed)) return Refuse(kDidResolution, *error);
  const auto& url = std::get<DidUrl>(parsed);
  const auto read = ReadOptions(url.query + "&" + std::string(call.request.query()));
  if (const auto* error = std::get_if<DidError>(&read)) return Refuse(kDidResolution, *error);
  const auto& options = std::get<DidOptions>(read);
  const bool part = options.service || !url.fragment.empty();
  const auto [form, type] = WantedBy(call.request, part, options.service.has_value());
  if (type.empty()) {
    return Refuse(
        *form, {406, "REPRESENTATION_NOT_SUPPORTED",
                "this comes as " + std::string(form->type) + " or " + std::string(kDidDocument)});
  }
  const auto view = ReadView(call);
  if (!view) return view.error();
  const auto clock = call.service.now();
  const auto resolved = ResolveDid(call, *view, url, options, clock);
  if (!resolved) return resolved.error();
  if (const auto* error = std::get_if<DidError>(&*resolved)) return Refuse(*form, *error);
  const auto& answer = std::get<Answer>(*resolved);
  auto told = Tell(*view, answer, url, options, *form, type);
  if (!told) return told.error();
  if (told->headers.Find("Cache-Control").empty())
    told->fresh_until = FreshUntil(answer.ledger, {}, call.service, clock);
  if (told->status == 200) AddTag(*told);
  Handled handled(*std::move(told));
  handled.verdict = answer.verdict;
  return handled;
}

}  // namespace cityid
