// Requests out of the bytes of a connection, strictly (RFC 9112); internal to resolver/http.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/http/listener.h"

namespace cityid {

/// Takes bytes as they come and gives requests one after another. Bounded in memory: a small
/// buffer, one as large as a head may be for whoever needs it, and the body that a path takes.
class RequestReader {
 public:
  enum class Step {
    kNeedMore,  ///< bytes are missing
    kInvite,    ///< the client waits for "100 Continue" before it sends the body
    kRequest,   ///< `request` is whole
    kRefused,   ///< `refused` says why; what follows can't be told apart any more
  };
  struct Refused {
    int status = 400;
    Refusal refusal = Refusal::kMalformed;
    const char* reason = "";
  };

  /// Both outlive this.
  RequestReader(const ListenerSettings& settings, const BodyLimitOf& body_limit)
      : settings_(settings), body_limit_(body_limit) {}
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Where the next bytes go; never empty after kNeedMore and kInvite.
  boost::asio::mutable_buffer Room();
  void Took(std::size_t bytes) { end_ += bytes; }

  Step Read();

  /// Whether the head is there, and the body is not yet.
  bool in_body() const { return parser_ && !parser_->is_done(); }
  /// Whether the head is there.
  bool has_head() const { return parser_.has_value(); }
  const Refused& refused() const { return refused_; }

  /// What the client sent; who it is remains to be said. Views are valid until `Next`.
  Request request() const;
  bool keep_alive() const { return parser_->keep_alive(); }
  /// HTTP/1.0: its clients get one reply a connection.
  bool is_old() const { return parser_->get().version() < 11; }
  bool is_head() const { return parser_->get().method() == boost::beast::http::verb::head; }

  /// Forgets the request. True if bytes of the next one are there already.
  bool Next();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  static constexpr std::size_t kSmallBuffer = 1024;

  Step Refuse(int status, Refusal refusal, const char* reason);
  Step ReadHead();
  Step CheckHead();
  Step ReadBody();
  std::ptrdiff_t CountFields() const;

  const ListenerSettings& settings_;
  const BodyLimitOf& body_limit_;
  std::optional<Parser> parser_;
  Refused refused_;
  std::size_t limit_ = 0;      ///< of the body
  std::ptrdiff_t fields_ = 0;  ///< of the head
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::array<char, kSmallBuffer> small_;
  std::unique_ptr<char[]> large_;
  char* buffer_ = small_.data();
  std::size_t capacity_ = kSmallBuffer;
};

}  // namespace cityid
