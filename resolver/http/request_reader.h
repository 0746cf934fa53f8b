// A strict reader of requests from a connection's bytes (RFC 9112); internal to resolver/http.
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
#include "resolver/message/chunks.h"

namespace cityid {

/// Reads requests one after another. The caller reads bytes into `Room`, reports them with `Took`,
/// calls `Read` until it needs more, and calls `Next` after each request. Memory is bounded: a
/// small buffer, which is replaced by a larger one when a head or a large body needs it, and a body
/// of what its path takes.
class RequestReader {
 public:
  enum class Step {
    kNeedMore,  ///< bytes are missing
    kInvite,    ///< the client waits for "100 Continue" before it sends the body
    kRequest,   ///< `request` is complete
    kRefused,   ///< `refused` says why; nothing can be read after it
  };
  struct Refused {
    int status = 400;
    Refusal refusal = Refusal::kMalformed;
    const char* reason = "";
  };

  /// `settings` must outlive this. `body_terms` gets requests as `request()` returns them.
  RequestReader(const ListenerSettings& settings, BodyTermsOf body_terms)
      : settings_(settings), body_terms_(std::move(body_terms)) {}
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Returns the place for the next bytes; it is never empty after kNeedMore and kInvite.
  boost::asio::mutable_buffer Room();
  void Took(std::size_t bytes) { end_ += bytes; }
  /// Skips the empty line that some clients send behind a body (RFC 9112, 2.2). True if a byte of a
  /// request is there.
  bool Begin();

  /// Parses the bytes that were taken.
  Step Read();

  /// True if the head is complete and the body is not.
  bool in_body() const { return parser_ && !has_body(); }
  /// Returns how many bytes of the body are there.
  std::size_t body_size() const { return parser_ ? parser_->get().body().size() : 0; }
  /// True if the body is not complete, and its place was given to another request.
  bool is_displaced() const { return in_body() && terms_.place && terms_.place->taken_away(); }
  /// True if the head is complete.
  bool has_head() const { return parser_.has_value(); }
  const Refused& refused() const { return refused_; }

  /// Returns what the client sent. `peer`, `client` and `limited` are left to the caller. Its views
  /// are valid until `Next`.
  Request request() const;
  /// False also if the body was left unread.
  bool keep_alive() const { return !leaves_body_ && parser_->keep_alive(); }
  /// True for HTTP/1.0, whose clients get one reply a connection.
  bool is_old() const { return parser_->get().version() < 11; }
  bool is_head() const { return parser_->get().method() == boost::beast::http::verb::head; }

  /// Ends the request. True if bytes of the next one are there already.
  bool Next();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  static constexpr std::size_t kSmallBuffer = 1024;
  static constexpr std::size_t kBodyBuffer = 64 * 1024;  ///< for bodies that are larger than it

  Step Refuse(int status, Refusal refusal, const char* reason);
  void UseBuffer(std::size_t capacity);
  Step ReadHead();
  bool TakeAbsoluteTarget();
  Step CheckHead();
  Step CheckBodyTerms();
  Step ReadBody();
  Step ReadChunks();
  /// True if the body is complete, or is left unread.
  bool has_body() const { return leaves_body_ || (chunks_ ? chunks_->done() : parser_->is_done()); }

  const ListenerSettings& settings_;
  const BodyTermsOf body_terms_;
  std::optional<Parser> parser_;
  Refused refused_;
  std::optional<ChunkReader> chunks_;
  bool leaves_body_ = false;   ///< no request of this method has a body there
  bool skipped_line_ = false;  ///< an empty line before the head
  BodyTerms terms_;            ///< of the body
  std::size_t begin_ = 0;      ///< where bytes begin in the buffer that are not parsed yet
  std::size_t end_ = 0;
  std::array<char, kSmallBuffer> small_;
  std::unique_ptr<char[]> large_;
  char* buffer_ = small_.data();
  std::size_t capacity_ = kSmallBuffer;
};

}  // namespace cityid
