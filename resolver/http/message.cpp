#include "resolver/http/message.h"

#include <algorithm>
#include <filesystem>

namespace cityid {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool IsField(std::string_view name, std::string_view lower) {
  return std::ranges::equal(name, lower, {}, Lower);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), Lower);
  return lower;
}

std::string_view Request::header(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (IsField(field, name)) return value;
  }
  return {};
}

std::string_view Request::parameter(std::string_view name) const {
  std::string_view rest = query();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

std::string JsonEscape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) {
      out += '?';
    } else {
      out += c;
    }
  }
  return out;
}

Response Problem(int status, std::string_view detail) {
  std::string body = "{\"type\":\"about:blank\",\"title\":\"";
  body += ReasonPhrase(status);
  body += "\",\"status\":" + std::to_string(status) + ",\"detail\":\"";
  body += detail;
  body += "\"}\n";
  return Response{status,
                  {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
                  std::move(body)};
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
  std::size_t size = 64;
  for (const auto& [name, value] : response.headers) size += name.size() + value.size() + 4;
  reply->fields.reserve(size);
  for (const auto& [name, value] : response.headers) {
    reply->fields.append(name).append(": ").append(value).append("\r\n");
    if (name == "ETag") reply->etag = value;
  }
  if (response.status != 204 && response.status != 304)
    reply->fields.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
  reply->fields += "\r\n";
  reply->body = std::move(response.body);
  reply->file = std::move(response.file);
  reply->length = length;
  reply->fresh_until = response.fresh_until;
  reply->route = response.route;
  reply->outcome = response.outcome;
  return reply;
}

SharedReply Revalidate(const SharedReply& reply, std::string_view if_none_match) {
  if (if_none_match.empty() || reply->status != 200 || reply->etag.empty()) return reply;
  // Weak comparison; tags of ours have no comma and no quote inside.
  bool known = if_none_match == "*";
  while (!known && !if_none_match.empty()) {
    const std::size_t end = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view tag = if_none_match.substr(0, end);
    if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
    while (!tag.empty() && (tag.front() == ' ' || tag.front() == '\t')) tag.remove_prefix(1);
    while (!tag.empty() && (tag.back() == ' ' || tag.back() == '\t')) tag.remove_suffix(1);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    known = tag == reply->etag;
  }
  if (!known) return reply;
  auto unchanged = std::make_shared<Reply>(Reply{304,
                                                 reply->fields,
                                                 {},
                                                 {},
                                                 0,
                                                 reply->etag,
                                                 reply->fresh_until,
                                                 reply->route,
                                                 reply->outcome});
  const std::size_t length = unchanged->fields.find("Content-Length: ");
  unchanged->fields.erase(length, unchanged->fields.find("\r\n", length) + 2 - length);
  return unchanged;
}

}  // namespace cityid
