#include "resolver/http/request_reader.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>

#include "codec/text.h"
#include "resolver/http/head.h"

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
  if (end_ == capacity_ && !large_) {
    large_ = std::make_unique<char[]>(settings_.limits.head);
    std::memcpy(large_.get(), buffer_, end_);
    buffer_ = large_.get();
    capacity_ = settings_.limits.head;
  }
  return {buffer_ + end_, capacity_ - end_};
}

RequestReader::Step RequestReader::Read() {
  if (!parser_) {
    const Step step = ReadHead();
    if (step != Step::kRequest) return step;
  }
  return parser_->is_done() ? Step::kRequest : ReadBody();
}

RequestReader::Step RequestReader::Refuse(int status, Refusal refusal, const char* reason) {
  refused_ = {status, refusal, reason};
  return Step::kRefused;
}

RequestReader::Step RequestReader::ReadHead() {
  const ListenerLimits& limits = settings_.limits;
  const std::string_view bytes(buffer_ + begin_, end_ - begin_);
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos && bytes.size() < limits.head) return Step::kNeedMore;
  if (end == std::string_view::npos || end + 4 > limits.head)
    return Refuse(431, Refusal::kTooLarge, "the head of the request is too large");
  const std::string_view head = bytes.substr(0, end + 4);
  if (const auto problem = CheckRequestHead(head, limits.fields, limits.target)) {
    return Refuse(problem->status,
                  problem->status == 400 ? Refusal::kMalformed : Refusal::kTooLarge,
                  problem->reason);
  }
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  // The path decides about the body's size, and only `ReadBody` knows the path.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  // Parsers disagree about chunk extensions, and nobody needs them.
  static auto refuse = [](std::uint64_t, boost::beast::string_view extensions, error_code& no) {
    if (!extensions.empty()) no = http::error::bad_chunk_extension;
  };
  parser_->on_chunk_header(refuse);
  error_code error;
  parser_->put(boost::asio::buffer(head.data(), head.size()), error);
  if (error && error != http::error::need_more)
    return Refuse(400, Refusal::kMalformed, "the head of the request is malformed");
  begin_ += head.size();
  return CheckHead();
}

/// Checks what a well-formed head says.
RequestReader::Step RequestReader::CheckHead() {
  const auto& request = parser_->get();
  const std::string_view target = View(request.target());
  if (target.empty() || target[0] != '/')
    return Refuse(400, Refusal::kMalformed, "the target must be a path");
  const bool old = request.version() < 11;
  const std::size_t hosts = request.count(http::field::host);
  if (hosts != 1 && !(old && hosts == 0))
    return Refuse(400, Refusal::kMalformed, "exactly one Host is needed");
  if (old && parser_->chunked()) return Refuse(400, Refusal::kMalformed, "chunks are of HTTP/1.1");
  const auto& names = settings_.names;
  if (!names.empty() &&
      std::ranges::find(names, HostName(View(request[http::field::host]))) == names.end()) {
    return Refuse(421, Refusal::kHost, "this server does not go by that name");
  }
  if (parser_->is_done()) return Step::kRequest;
  limit_ = body_limit_(target.substr(0, target.find('?')));
  if (parser_->content_length() && *parser_->content_length() > limit_)
    return Refuse(413, Refusal::kTooLarge, "the body of the request is too large");
  fields_ = CountFields();
  const bool waits = boost::beast::iequals(request[http::field::expect], "100-continue");
  return waits && !old && begin_ == end_ ? Step::kInvite : Step::kRequest;
}

RequestReader::Step RequestReader::ReadBody() {
  error_code error;
  while (!parser_->is_done() && begin_ < end_) {
    const std::size_t used =
        parser_->put(boost::asio::buffer(buffer_ + begin_, end_ - begin_), error);
    begin_ += used;
    if (error == http::error::need_more) error = {};
    if (error) return Refuse(400, Refusal::kMalformed, "the body of the request is malformed");
    if (parser_->get().body().size() > limit_)
      return Refuse(413, Refusal::kTooLarge, "the body of the request is too large");
    if (used == 0) break;
  }
  // Beast adds trailer fields to those of the head, where a handler would take them for such.
  if (CountFields() != fields_)
    return Refuse(400, Refusal::kMalformed, "fields behind the body are not taken");
  if (parser_->is_done()) return Step::kRequest;
  if (end_ - begin_ >= settings_.limits.head)
    return Refuse(413, Refusal::kTooLarge, "a chunk's head is too large");
  return Step::kNeedMore;
}

std::ptrdiff_t RequestReader::CountFields() const {
  return std::distance(parser_->get().begin(), parser_->get().end());
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

bool RequestReader::Next() {
  parser_.reset();
  if (begin_ < end_) return true;
  begin_ = end_ = 0;
  if (large_) {
    large_.reset();
    buffer_ = small_.data();
    capacity_ = small_.size();
  }
  return false;
}

}  // namespace cityid
