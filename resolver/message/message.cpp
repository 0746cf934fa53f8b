#include "resolver/message/message.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "codec/text.h"
#include "resolver/message/form.h"

namespace cityid {
void ResponseFields::Add(std::string_view name, std::string_view value) {
  if (text_.empty()) text_.reserve(1024);
  text_.append(name).append(": ");
  const std::size_t from = text_.size();
  text_ += value;
  for (std::size_t i = from; i < text_.size(); ++i) {
    if (static_cast<unsigned char>(text_[i]) < 0x20 || text_[i] == 0x7F) text_[i] = '?';
  }
  text_ += "\r\n";
}

std::vector<ResponseFields::Field> ResponseFields::list() const {
  std::vector<Field> fields;
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\r'));
    const std::size_t colon = line.find(':');
    fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    rest.remove_prefix(line.size() + 2);
  }
  return fields;
}

std::string_view ResponseFields::Find(std::string_view name) const {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\r'));
    if (line.size() > name.size() && line[name.size()] == ':' && line.starts_with(name))
      return line.substr(name.size() + 2);
    rest.remove_prefix(line.size() + 2);
  }
  return {};
}

std::string_view Request::header(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (EqualIgnoringCase(field, name)) return value;
  }
  return {};
}

std::string Request::list(std::string_view name) const {
  std::string values;
  for (const auto& [field, value] : headers) {
    if (!EqualIgnoringCase(field, name)) continue;
    if (!values.empty()) values += ", ";
    values += value;
  }
  return values;
}

std::string_view Request::parameter(std::string_view name) const {
  return RawField(query(), name).value_or("");
}

namespace {

/// A status that is sent.
struct StatusRow {
  int status;
  std::string_view phrase;   ///< of RFC 9110
  std::string_view problem;  ///< the problem type "/problems/<problem>"; empty for a success
};
constexpr StatusRow kStatuses[] = {
    {200, "OK", ""},
    {201, "Created", ""},
    {202, "Accepted", ""},
    {204, "No Content", ""},
    {300, "Multiple Choices", ""},
    {303, "See Other", ""},
    {304, "Not Modified", ""},
    {307, "Temporary Redirect", ""},
    {308, "Permanent Redirect", "moved"},
    {400, "Bad Request", "bad-request"},
    {403, "Forbidden", "forbidden"},
    {404, "Not Found", "not-found"},
    {405, "Method Not Allowed", "method-not-allowed"},
    {406, "Not Acceptable", "not-acceptable"},
    {409, "Conflict", "refused"},
    {410, "Gone", "withdrawn"},
    {412, "Precondition Failed", "precondition-failed"},
    {413, "Content Too Large", "too-large"},
    {414, "URI Too Long", "uri-too-long"},
    {415, "Unsupported Media Type", "unsupported-media-type"},
    {421, "Misdirected Request", "misdirected"},
    {429, "Too Many Requests", "too-many-requests"},
    {431, "Request Header Fields Too Large", "head-too-large"},
    {500, "Internal Server Error", "internal"},
    {501, "Not Implemented", "not-implemented"},
    {503, "Service Unavailable", "unavailable"},
    {505, "HTTP Version Not Supported", "http-version"},
};

const StatusRow& RowOf(int status) {
  static constexpr StatusRow kOther = {0, "Status", "other"};
  const auto row = std::ranges::find(kStatuses, status, &StatusRow::status);
  return row == std::end(kStatuses) ? kOther : *row;
}

}  // namespace

std::string_view ReasonPhrase(int status) { return RowOf(status).phrase; }

std::string_view ProblemType(int status) { return RowOf(status).problem; }

Response Problem(int status, std::string_view detail, std::string_view type) {
  const StatusRow& row = RowOf(status);
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}};
  response.body = "{\"type\":\"/problems/";
  response.body.append(type.empty() ? row.problem : type)
      .append("\",\"title\":\"")
      .append(row.phrase);
  response.body += "\",\"status\":" + std::to_string(status) + ",\"detail\":\"";
  response.body += JsonEscape(detail);
  response.body += "\"}\n";
  return response;
}

SharedReply Prepare(Response response) {
  std::uint64_t length = response.body.size();
  if (!response.file.empty()) {
    std::error_code error;
    length = std::filesystem::file_size(response.file, error);
    if (error) return Prepare(Problem(500, "a file could not be read"));
  }
  auto reply = std::make_shared<Reply>();
  reply->status = response.status;
  reply->fields.reserve(response.headers.text().size() + 64);
  reply->fields = response.headers.text();
  reply->etag = response.headers.Find("ETag");
  if (response.status != 204 && response.status != 304)
    reply->fields.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
  reply->fields += "\r\n";
  reply->body = std::move(response.body);
  reply->file = std::move(response.file);
  reply->length = length;
  reply->fresh_until = response.fresh_until;
  return reply;
}

namespace {

/// Returns true if a list of tags has this one. Our tags contain no comma and no quote.
bool HasTag(std::string_view list, std::string_view tag, bool weakly) {
  if (list == "*") return true;
  while (!list.empty()) {
    std::string_view one = Trim(TakeUntil(list, ','));
    if (weakly && one.starts_with("W/")) one.remove_prefix(2);
    if (!tag.empty() && one == tag) return true;
  }
  return false;
}

}  // namespace

SharedReply Revalidate(const SharedReply& reply, const Request& request) {
  if (reply->status != 200) return reply;
  if (const std::string tags = request.list("if-match");
      !tags.empty() && !HasTag(tags, reply->etag, false)) {
    Response changed = Problem(412, "the resource has none of the tags in If-Match");
    if (reply->fields.find("Access-Control-Allow-Origin") != std::string::npos)
      changed.headers.AddLines(kAnySite);
    return Prepare(std::move(changed));
  }
  if (reply->etag.empty()) return reply;
  const std::string tags = request.list("if-none-match");
  if (tags.empty() || !HasTag(tags, reply->etag, true)) return reply;
  auto unchanged = std::make_shared<Reply>(
      Reply{304, reply->fields, {}, {}, 0, reply->etag, reply->fresh_until});
  const std::size_t length = unchanged->fields.find("Content-Length: ");
  unchanged->fields.erase(length, unchanged->fields.find("\r\n", length) + 2 - length);
  return unchanged;
}

}  // namespace cityid
