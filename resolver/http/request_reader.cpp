#include "resolver/http/request_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "codec/text.h"
#include "resolver/message/head.h"

namespace cityid {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// Returns `host` without its port, in lower case.
std::string HostName(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
    host = host.substr(0, colon);
  return LowerCase(host);
}

}  // namespace

boost::asio::mutable_buffer RequestReader::Room() {
  if (begin_ > 0) {
    std::memmove(buffer_, buffer_ + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_ && !large_) UseBuffer(settings_.limits.head);
  return {buffer_ + end_, capacity_ - end_};
}

/// Goes on with a larger buffer.
void RequestReader::UseBuffer(std::size_t capacity) {
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(larger.get(), buffer_ + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  large_ = std::move(larger);
  buffer_ = large_.get();
  capacity_ = capacity;
}

RequestReader::Step RequestReader::Read() {
  if (!parser_) {
    const Step step = ReadHead();
    if (step != Step::kRequest) return step;
  }
  const Step step = has_body() ? Step::kRequest : ReadBody();
  if (terms_.place) terms_.place->Note(body_size(), has_body());
  return step;
}

RequestReader::Step RequestReader::Refuse(int status, Refusal refusal, const char* reason) {
  refused_ = {status, refusal, reason};
  return Step::kRefused;
}

RequestReader::Step RequestReader::ReadHead() {
  const ListenerLimits& limits = settings_.limits;
  Begin();
  const std::string_view bytes(buffer_ + begin_, end_ - begin_);
  if (bytes.starts_with("\r\n")) return Refuse(400, Refusal::kMalformed, "no request line");
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos && bytes.size() < limits.head) return Step::kNeedMore;
  if (end == std::string_view::npos || end + 4 > limits.head)
    return Refuse(431, Refusal::kTooLarge, "the head of the request is too large");
  const std::string_view head = bytes.substr(0, end + 4);
  if (const auto problem = CheckRequestHead(head, limits.fields, limits.target)) {
    return Refuse(problem->status,
                  problem->status == 414 || problem->status == 415 || problem->status == 431
                      ? Refusal::kTooLarge
                      : Refusal::kMalformed,
                  problem->reason);
  }
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  // The path decides about the body's size, and only `ReadBody` knows the path.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  error_code error;
  parser_->put(boost::asio::buffer(head.data(), head.size()), error);
  if (error && error != http::error::need_more)
    return Refuse(400, Refusal::kMalformed, "the head of the request is malformed");
  begin_ += head.size();
  return CheckHead();
}

/// Replaces an absolute target by its path and query, and `Host` by its host (RFC 9112, 3.2.2).
/// Returns false if the target is neither a path nor absolute.
bool RequestReader::TakeAbsoluteTarget() {
  auto& request = parser_->get();
  std::string_view target = View(request.target());
  if (target.starts_with('/')) return true;
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return false;
  const std::string_view scheme = target.substr(0, colon);
  if (!EqualIgnoringCase(scheme, "http") && !EqualIgnoringCase(scheme, "https")) return false;
  target.remove_prefix(colon + 3);
  const std::string host(target.substr(0, target.find_first_of("/?")));
  target.remove_prefix(host.size());
  const std::string path = (target.starts_with('/') ? "" : "/") + std::string(target);
  request.set(http::field::host, host);
  request.target(path);
  return true;
}

/// Checks what a well-formed head says.
RequestReader::Step RequestReader::CheckHead() {
  const auto& request = parser_->get();
  const bool old = request.version() < 11;
  const std::size_t hosts = request.count(http::field::host);
  if (hosts != 1 && !(old && hosts == 0))
    return Refuse(400, Refusal::kMalformed, "exactly one Host is needed");
  if (!TakeAbsoluteTarget())
    return Refuse(400, Refusal::kMalformed, "the target must be a path or an http address");
  const std::string_view host = View(request[http::field::host]);
  if (!IsHostAndPort(host) && !(host.empty() && hosts == 0))
    return Refuse(400, Refusal::kMalformed, "Host must be a host, perhaps with a port");
  if (old && parser_->chunked()) return Refuse(400, Refusal::kMalformed, "chunks are of HTTP/1.1");
  const auto& names = settings_.names;
  if (!names.empty() && std::ranges::find(names, HostName(host)) == names.end())
    return Refuse(421, Refusal::kHost, "this server does not go by that name");
  if (parser_->is_done()) return Step::kRequest;
  const Step step = CheckBodyTerms();
  if (step == Step::kRefused || leaves_body_) return step;
  if (parser_->chunked()) chunks_.emplace();
  const bool waits = boost::beast::iequals(request[http::field::expect], "100-continue");
  return waits && !old && begin_ == end_ ? Step::kInvite : Step::kRequest;
}

/// Asks whether the body of a request is taken, and makes room for a large one.
RequestReader::Step RequestReader::CheckBodyTerms() {
  auto terms = body_terms_(request());
  leaves_body_ = !terms;
  if (leaves_body_) return Step::kRequest;
  terms_ = *std::move(terms);
  if (terms_.refused != 0) {
    return Refuse(terms_.refused, terms_.refused == 415 ? Refusal::kTooLarge : Refusal::kQueue,
                  terms_.why);
  }
  const auto length = parser_->content_length();
  if (length && *length > terms_.limit)
    return Refuse(413, Refusal::kTooLarge, "the body of the request is too large");
  if (length.value_or(terms_.limit) > kBodyBuffer && capacity_ < kBodyBuffer)
    UseBuffer(kBodyBuffer);
  return Step::kRequest;
}

RequestReader::Step RequestReader::ReadBody() {
  if (chunks_) return ReadChunks();
  while (!parser_->is_done() && begin_ < end_) {
    error_code error;
    const std::size_t used =
        parser_->put(boost::asio::buffer(buffer_ + begin_, end_ - begin_), error);
    begin_ += used;
    if (error && error != http::error::need_more)
      return Refuse(400, Refusal::kMalformed, "the body of the request is malformed");
    if (used == 0) break;
  }
  return has_body() ? Step::kRequest : Step::kNeedMore;
}

RequestReader::Step RequestReader::ReadChunks() {
  std::string_view bytes(buffer_ + begin_, end_ - begin_);
  const ChunkReader::Step step = chunks_->Read(bytes, parser_->get().body(), terms_.limit);
  begin_ = end_ - bytes.size();
  if (step == ChunkReader::Step::kDone) return Step::kRequest;
  if (step == ChunkReader::Step::kMalformed)
    return Refuse(400, Refusal::kMalformed, "the body of the request is malformed");
  // A line that fills the buffer is an extension or a trailer field.
  if (step == ChunkReader::Step::kTooLarge || bytes.size() >= settings_.limits.head)
    return Refuse(413, Refusal::kTooLarge, "the body of the request is too large");
  return Step::kNeedMore;
}

Request RequestReader::request() const {
  const auto& message = parser_->get();
  Request request;
  request.method = View(message.method_string());
  request.target = View(message.target());
  request.headers.reserve(16);
  for (const auto& field : message)
    request.headers.emplace_back(View(field.name_string()), View(field.value()));
  request.body = message.body();
  return request;
}

bool RequestReader::Begin() {
  if (!skipped_line_ && std::string_view(buffer_ + begin_, end_ - begin_).starts_with("\r\n")) {
    skipped_line_ = true;
    begin_ += 2;
  }
  return begin_ < end_;
}

bool RequestReader::Next() {
  parser_.reset();
  chunks_.reset();
  leaves_body_ = false;
  skipped_line_ = false;
  terms_ = {};
  if (Begin()) return true;
  begin_ = end_ = 0;
  if (large_) {
    large_.reset();
    buffer_ = small_.data();
    capacity_ = small_.size();
  }
  return false;
}

}  // namespace cityid
