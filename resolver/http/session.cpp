#include "resolver/http/session.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "resolver/http/head.h"

namespace cityid {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using net::ip::tcp;

constexpr std::size_t kMaxHead = 16384;
constexpr std::size_t kMaxDrain = 256 * 1024;

/// "Sun, 22 Nov 2026 06:50:09 GMT", made once a second and loop.
const std::string& DateField() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    std::tm utc;
    gmtime_r(&now, &utc);
    std::array<char, 40> formatted;
    text.assign(formatted.data(), std::strftime(formatted.data(), formatted.size(),
                                                "%a, %d %b %Y %H:%M:%S GMT", &utc));
    made_at = now;
  }
  return text;
}

/// `length`: of the body, which follows unless there is none to send.
std::string Serialise(const Response& response, std::uint64_t length, bool keep_alive,
                      bool head_only) {
  std::string out;
  out.reserve(512 + response.body.size());
  out += "HTTP/1.1 " + std::to_string(response.status) + ' ';
  out += ReasonPhrase(response.status);
  out += "\r\nDate: " + DateField() + "\r\n";
  for (const auto& [name, value] : response.headers) out += name + ": " + value + "\r\n";
  if (response.status != 204 && response.status != 304) {
    out += "Content-Length: " + std::to_string(length) + "\r\n";
  }
  if (!keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  if (!head_only) out += response.body;
  return out;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(LoopSocket socket, const SessionContext& context)
      : stream_(std::move(socket)), context_(context) {}

  void Start() {
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    const auto peer = stream_.socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string();
    stream_.expires_after(context_.limits.idle_time);
    Read();
  }

 private:
  using Parser = http::request_parser<http::string_body>;

  std::string_view buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }

  void Read() {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    stream_.async_read_some(
        net::buffer(buffer_.data() + end_, buffer_.size() - end_),
        [self = shared_from_this()](const error_code& error, std::size_t bytes) {
          if (error) return;  // closed, reset, or past its deadline: nobody is left to answer
          const bool first = self->end_ == 0 && !self->parser_;
          self->end_ += bytes;
          // The deadline runs from the first byte of a request, not from the last one that came.
          if (first) self->stream_.expires_after(self->context_.limits.head_time);
          self->Process();
        });
  }

  void Process() {
    if (!parser_ && !ParseHead()) return;
    if (!parser_->is_done() && !ParseBody()) return;
    Respond();
  }

  /// True if a head is there and parsed.
  bool ParseHead() {
    const std::string_view bytes = buffered();
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos || end + 4 > context_.limits.head) {
      if (bytes.size() >= std::min(context_.limits.head, buffer_.size())) {
        Refuse(431, "the head of the request is too large");
      } else {
        Read();
      }
      return false;
    }
    const std::string_view head = bytes.substr(0, end + 4);
    if (const char* reason = CheckRequestHead(head)) {
      Refuse(400, reason);
      return false;
    }
    parser_.emplace();
    parser_->header_limit(kMaxHead);
    // Bounded below, where the path is known.
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    error_code error;
    parser_->put(net::buffer(head.data(), head.size()), error);
    if (error && error != http::error::need_more) {
      Refuse(400, "the head of the request is malformed");
      return false;
    }
    begin_ += head.size();
    const auto& request = parser_->get();
    const std::string_view target(request.target().data(), request.target().size());
    if (target.empty() || target[0] != '/') {
      Refuse(400, "the target must be a path");
      return false;
    }
    if (request.version() == 11 && request.count(http::field::host) != 1) {
      Refuse(400, "exactly one Host is needed");
      return false;
    }
    limit_ = context_.body_limit(target.substr(0, target.find('?')));
    if (parser_->content_length() && *parser_->content_length() > limit_) {
      Refuse(413, "the body of the request is too large");
      return false;
    }
    if (!parser_->is_done()) stream_.expires_after(context_.limits.body_time);
    return true;
  }

  /// True if the whole body is there.
  bool ParseBody() {
    error_code error;
    while (!parser_->is_done() && begin_ < end_) {
      const std::size_t used =
          parser_->put(net::buffer(buffer_.data() + begin_, end_ - begin_), error);
      begin_ += used;
      if (error == http::error::need_more) error = {};
      if (error) {
        Refuse(400, "the body of the request is malformed");
        return false;
      }
      if (parser_->get().body().size() > limit_) {
        Refuse(413, "the body of the request is too large");
        return false;
      }
      if (used == 0) break;
    }
    if (parser_->is_done()) return true;
    if (end_ - begin_ == buffer_.size()) {
      Refuse(413, "a chunk's head is too large");
      return false;
    }
    Read();
    return false;
  }

  void Respond() {
    const auto& message = parser_->get();
    Request request;
    request.method = {message.method_string().data(), message.method_string().size()};
    request.target = {message.target().data(), message.target().size()};
    for (const auto& field : message) {
      request.headers.emplace_back(
          std::string_view(field.name_string().data(), field.name_string().size()),
          std::string_view(field.value().data(), field.value().size()));
    }
    request.body = message.body();
    request.peer = peer_;
    if (context_.workers == nullptr || request.method != "POST") return Reply(Handle(request));
    // What may wait goes to a worker; the answer comes back to this loop.
    net::post(*context_.workers, [self = shared_from_this(), request = std::move(request)] {
      net::post(self->stream_.get_executor(),
                [self, response = self->Handle(request)] { self->Reply(response); });
    });
  }

  Response Handle(const Request& request) const {
    try {
      return context_.handler(request);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "cityid: internal error: %s\n", error.what());
      return Problem(500, "an internal error; the operator's log says more");
    }
  }

  void Reply(const Response& response) {
    const bool keep_alive = parser_->keep_alive();
    const bool head_only = parser_->get().method() == http::verb::head;
    if (response.file.empty()) {
      return Write(Serialise(response, response.body.size(), keep_alive, head_only), keep_alive);
    }
    file_ = std::make_unique<std::ifstream>(response.file, std::ios::binary | std::ios::ate);
    const auto size = file_->tellg();
    if (!*file_ || size < 0) {
      file_.reset();
      return Refuse(500, "a file could not be read");
    }
    file_->seekg(0);
    if (head_only) file_.reset();
    Write(Serialise(response, static_cast<std::uint64_t>(size), keep_alive, head_only), keep_alive);
  }

  /// The next piece of a file; false at its end.
  bool NextPiece() {
    constexpr std::size_t kPiece = 64 * 1024;
    if (!file_) return false;
    reply_.resize(kPiece);
    file_->read(reply_.data(), static_cast<std::streamsize>(kPiece));
    reply_.resize(static_cast<std::size_t>(file_->gcount()));
    if (reply_.empty()) file_.reset();
    return !reply_.empty();
  }

  /// Answers with a problem and ends the connection: what follows can't be told apart any more.
  void Refuse(int status, const char* reason) {
    const Response problem = Problem(status, reason);
    Write(Serialise(problem, problem.body.size(), false, false), false);
  }

  void Write(std::string reply, bool keep_alive) {
    reply_ = std::move(reply);
    Send(keep_alive);
  }

  /// The deadline is each piece's: a large file may take its time, a reader that stalls may not.
  void Send(bool keep_alive) {
    stream_.expires_after(context_.limits.write_time);
    net::async_write(stream_, net::buffer(reply_),
                     [self = shared_from_this(), keep_alive](const error_code& error, std::size_t) {
                       if (error) return;
                       if (self->NextPiece()) return self->Send(keep_alive);
                       if (!keep_alive) return self->Close();
                       self->Next();
                     });
  }

  void Next() {
    parser_.reset();
    if (begin_ < end_) {  // pipelined
      stream_.expires_after(context_.limits.head_time);
      return Process();
    }
    begin_ = end_ = 0;
    stream_.expires_after(context_.limits.idle_time);
    Read();
  }

  /// Sends what is left and reads on for a moment, so that the reply is not lost to a reset.
  void Close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::chrono::seconds(1));
    Drain(kMaxDrain);
  }

  /// Reads on for so many bytes at most: who goes on sending is not listened to.
  void Drain(std::size_t left) {
    stream_.async_read_some(net::buffer(buffer_), [self = shared_from_this(), left](
                                                      const error_code& error, std::size_t bytes) {
      if (!error && bytes < left) self->Drain(left - bytes);
    });
  }

  beast::basic_stream<tcp, net::io_context::executor_type> stream_;
  const SessionContext& context_;
  std::array<char, kMaxHead> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t limit_ = 0;
  std::optional<Parser> parser_;
  std::string peer_;
  std::string reply_;
  std::unique_ptr<std::ifstream> file_;  ///< what is left of a reply
};

}  // namespace

void StartSession(LoopSocket socket, const SessionContext& context) {
  std::make_shared<Session>(std::move(socket), context)->Start();
}

}  // namespace cityid
