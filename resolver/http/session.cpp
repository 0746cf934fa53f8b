#include "resolver/http/session.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <type_traits>

#include "resolver/http/forwarded.h"
#include "resolver/http/log.h"
#include "resolver/http/reply_writer.h"
#include "resolver/http/request_reader.h"

namespace cityid {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

/// What is read and forgotten after a last reply: of a body that was refused, more.
constexpr std::size_t kMaxDrain = 256 * 1024;
constexpr std::size_t kMaxBodyDrain = std::size_t{16} << 20;
constexpr std::chrono::seconds kDrainTime{1};
constexpr std::chrono::seconds kBodyDrainTime{5};
constexpr std::size_t kBodyPiece = std::size_t{1} << 20;

using PlainStream = LoopSocket;
using TlsStream = net::ssl::stream<LoopSocket>;

/// Returns a problem response of the listener itself, which scripts of any site may read.
Response Told(int status, std::string_view detail) {
  Response problem = Problem(status, detail);
  problem.headers.AddLines(kAnySite);
  if (status == 415) problem.headers.Add("Accept-Encoding", "identity");
  return problem;
}

/// The states of a session follow each other in the order of its functions: `Start`, then `Read`,
/// `Process`, `Respond` and `Send` for each request, and `End`. An asynchronous operation keeps the
/// session alive; the session is gone when none is left.
template <class Stream>
class Session : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  Session(Accepted accepted, LoopContext& loop, std::shared_ptr<const ActiveSettings> settings)
      : loop_(loop),
        admission_(std::move(accepted.admission)),
        settings_(std::move(settings)),
        stream_(MakeStream(std::move(accepted.socket), *settings_)),
        peer_(std::move(accepted.peer)),
        client_(accepted.client),
        exempt_(accepted.exempt),
        forwards_(settings_->settings.proxies.Contains(peer_)),
        redirects_(accepted.kind == ListenKind::kRedirect),
        reader_(settings_->settings, [this](const Request& head) { return TermsOf(head); }) {
    loop_.Add(this);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() override {
    loop_.Hold(this, 0, 0);
    loop_.Remove(this);
  }

  void Start() {
    error_code ignored;
    socket().set_option(tcp::no_delay(true), ignored);
    if constexpr (kTls) {
      SetDeadline(limits().head_time);
      stream_.async_handshake(net::ssl::stream_base::server,
                              [self = this->shared_from_this()](const error_code& error) {
                                if (error) return self->loop_.shared.Count(Refusal::kTls);
                                self->SetDeadline(self->limits().idle_time);
                                self->Read();
                              });
    } else {
      socket().non_blocking(true, ignored);
      SetDeadline(limits().idle_time);
      Read();
    }
  }

  void Close() override {
    error_code ignored;
    socket().close(ignored);
  }

  bool IsDisplaced() const override { return reader_.is_displaced(); }

 private:
  static Stream MakeStream(LoopSocket socket, [[maybe_unused]] const ActiveSettings& settings) {
    if constexpr (kTls) {
      return Stream(std::move(socket), *settings.tls);
    } else {
      return socket;
    }
  }
  LoopSocket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  const ListenerLimits& limits() const { return settings_->settings.limits; }
  void SetDeadline(std::chrono::milliseconds time) { deadline = Clock::now() + time; }

  void Read() {
    stream_.async_read_some(reader_.Room(), [self = this->shared_from_this()](
                                                const error_code& error, std::size_t bytes) {
      if (error) return;  // closed, reset, or past its deadline: nobody is left to answer
      self->reader_.Took(bytes);
      // The deadline runs from the first byte of a request, not from the last one that came.
      if (self->idle && self->reader_.Begin()) {
        self->idle = false;
        self->SetDeadline(self->limits().head_time);
      }
      self->Process();
    });
  }

  /// Answers the requests that have come, one after another, until it has to wait for something.
  void Process() {
    while (true) {
      const bool had_head = reader_.has_head();
      const RequestReader::Step step = reader_.Read();
      if (reader_.has_head()) replaceable = false;
      if (reader_.in_body()) KeepPace(!had_head);
      if (step == RequestReader::Step::kNeedMore) return Read();
      if (step == RequestReader::Step::kInvite) return Invite();
      if (step == RequestReader::Step::kRefused) return Refuse(reader_.refused());
      if (!Respond()) return;
    }
  }

  /// Gives the client its time for the body, and more with each piece of a large one.
  void KeepPace(bool begins) {
    if (begins) body_goal_ = 0;
    if (!begins && reader_.body_size() < body_goal_) return;
    body_goal_ = reader_.body_size() + kBodyPiece;
    SetDeadline(limits().body_time);
  }

  /// Tells a client that waits for it to send the body (RFC 9110, 10.1.1).
  void Invite() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    net::async_write(stream_, net::buffer(kContinue.data(), kContinue.size()),
                     [self = this->shared_from_this()](const error_code& error, std::size_t) {
                       if (!error) self->Process();
                     });
  }

  /// Answers the request. True if the whole reply is written and another request may come.
  bool Respond() {
    Request request = Complete(reader_.request());
    if (request.limited) {
      const auto wait = loop_.shared.rate.Wait(request.client, RateOf(limits()), Clock::now());
      if (wait.count() > 0) {
        loop_.shared.Count(Refusal::kRate);
        Response problem = Told(429, "too many requests from your address; try again later");
        problem.headers.Add("Retry-After", std::to_string(wait.count()));
        return Send(Prepare(std::move(problem)));
      }
    }
    if (redirects_) return Send(Redirect(request));
    if (SharedReply reply = Handle(request, Thread::kLoop)) return Send(std::move(reply));
    if (loop_.shared.workers == nullptr) return Send(Handle(request, Thread::kWorker));
    return AskWorker(std::move(request));
  }

  /// Hands the request to a worker. The reply comes back to this loop, because only the loop may
  /// destroy the session. Returns what `Respond` returns.
  bool AskWorker(Request request) {
    auto place = std::make_unique<QueuePlace>(loop_.shared, request, limits());
    if (const int status = place->refused(); status != 0) {
      loop_.shared.Count(Refusal::kQueue);
      Response problem =
          Told(status, status == 429 ? "too many requests from your address wait already"
                                     : "too many requests wait already");
      problem.headers.Add("Retry-After", "1");
      return Send(Prepare(std::move(problem)));
    }
    deadline = Clock::time_point::max();
    net::post(*loop_.shared.workers, [self = this->shared_from_this(), place = std::move(place),
                                      request = std::move(request)]() mutable {
      // Nobody misses the reply to a question; what a POST carries is taken.
      const bool drop = place->waits() && request.method != "POST" && self->HasLeft();
      SharedReply reply = drop ? nullptr : self->Handle(request, Thread::kWorker);
      place.reset();
      const auto loop = self->socket().get_executor();
      net::post(loop, [self = std::move(self), reply = std::move(reply)] {
        if (reply != nullptr && self->Send(reply)) self->Process();
      });
    });
    return false;
  }

  /// Returns true if the client has ended the connection. For a worker, while the loop waits for
  /// it.
  bool HasLeft() {
    pollfd ends{socket().native_handle(), POLLRDHUP, 0};
    return ::poll(&ends, 1, 0) > 0;
  }

  /// Returns the terms on which a body is read. What is only sent elsewhere is left unread.
  std::optional<BodyTerms> TermsOf(const Request& head) {
    if (redirects_) return std::nullopt;
    return loop_.shared.body_terms(Complete(head));
  }

  /// Returns the request with whose it is.
  Request Complete(Request request) {
    request.peer = peer_;
    request.client = client_.key;
    request.limited = !exempt_;
    if (forwards_) SetForwardedClient(settings_->settings, forwarded_, request);
    return request;
  }

  SharedReply Redirect(const Request& request) const {
    Response response = Told(308, "this is served over HTTPS");
    response.headers.Add(
        "Location", "https://" + settings_->settings.names.front() + std::string(request.target));
    return Prepare(std::move(response));
  }

  SharedReply Handle(const Request& request, Thread thread) const {
    try {
      return loop_.handler(request, thread);
    } catch (const std::exception& error) {
      LogError("internal error", {{"what", error.what()}});
      return Prepare(Told(500, "an internal error; the operator's log says more"));
    }
  }

  /// Answers with a problem and ends the connection.
  void Refuse(const RequestReader::Refused& refused) {
    loop_.shared.Count(refused.refusal);
    keep_alive_ = false;
    Response problem = Told(refused.status, refused.reason);
    if (refused.refusal == Refusal::kQueue) problem.headers.Add("Retry-After", "1");
    // A browser reads no reply before its whole body is sent.
    refused_body_ = reader_.in_body();
    Write(Prepare(std::move(problem)), !(reader_.has_head() && reader_.is_head()));
  }

  /// Sends the reply to the request. True if all of it is written and another request may come.
  bool Send(SharedReply reply) {
    keep_alive_ = reader_.keep_alive() && !reader_.is_old() && !loop_.draining;
    return Write(std::move(reply), !reader_.is_head());
  }

  bool Write(SharedReply reply, bool with_body) {
    writer_.Start(std::move(reply), {with_body, keep_alive_, kTls && settings_->settings.hsts});
    return Flush();
  }

  /// Writes what is left of the reply, at once if the client takes it. True if all of it is written
  /// and another request may come.
  bool Flush() {
    if constexpr (!kTls) {
      error_code error;
      writer_.Wrote(stream_.write_some(writer_.buffers(), error));
      if (error && error != net::error::would_block) return false;
      if (writer_.done()) return Sent();
    }
    // Each piece of a file has a deadline of its own: a large one may take its time, a reader that
    // stalls may not.
    const auto pieces =
        static_cast<int>((writer_.left() + ReplyWriter::kPiece - 1) / ReplyWriter::kPiece);
    SetDeadline(limits().write_time * std::max(pieces, 1));
    if (!loop_.Hold(this, writer_.left(), limits().held)) return false;
    if constexpr (kTls) writer_.Gather();
    net::async_write(stream_, writer_.buffers(),
                     [self = this->shared_from_this()](const error_code& error, std::size_t bytes) {
                       self->loop_.Hold(self.get(), 0, 0);
                       if (error) return;
                       self->writer_.Wrote(bytes);
                       self->Continue();
                     });
    return false;
  }

  /// Goes on when the buffers are written: with the next piece of a file, or the next request.
  void Continue() {
    if (!writer_.NextPiece()) return Close();
    if (writer_.left() == 0) {
      if (Sent()) Process();
      return;
    }
    if (Flush()) Process();
  }

  /// Ends the request after its reply. True if another request may come.
  bool Sent() {
    writer_.Clear();
    replaceable = true;
    const bool pipelined = reader_.Next();
    if (!keep_alive_ || loop_.draining) {
      End();
      return false;
    }
    if (pipelined) {
      SetDeadline(limits().head_time);
      return true;
    }
    idle = true;
    SetDeadline(limits().idle_time);
    Read();
    return false;
  }

  /// Closes the connection gracefully: says so, and reads on for a moment, because a reset would
  /// destroy a reply that the client has not read yet.
  void End() {
    idle = true;  // whatever comes now is no request that could time out
    SetDeadline(refused_body_ ? kBodyDrainTime : kDrainTime);
    if constexpr (kTls) {
      stream_.async_shutdown(
          [self = this->shared_from_this()](const error_code&) { self->EndSocket(); });
    } else {
      EndSocket();
    }
  }

  void EndSocket() {
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    Drain(refused_body_ ? kMaxBodyDrain : kMaxDrain);
  }

  /// Reads and forgets at most `left` bytes.
  void Drain(std::size_t left) {
    socket().async_read_some(
        net::buffer(loop_.discarded),
        [self = this->shared_from_this(), left](const error_code& error, std::size_t bytes) {
          if (!error && bytes < left) self->Drain(left - bytes);
        });
  }

  LoopContext& loop_;
  const Admission admission_;
  const std::shared_ptr<const ActiveSettings> settings_;
  Stream stream_;
  const std::string peer_;
  const Client client_;
  const bool exempt_;      ///< from limits
  const bool forwards_;    ///< whether the peer is a proxy that forwards for clients
  const bool redirects_;   ///< whether every request is redirected to HTTPS
  std::string forwarded_;  ///< storage of `SetForwardedClient`
  bool keep_alive_ = true;
  bool refused_body_ = false;  ///< the reply came before the request's body was read
  std::size_t body_goal_ = 0;  ///< bytes of the body at which the client gets more time
  RequestReader reader_;
  ReplyWriter writer_;
};

}  // namespace

void StartSession(Accepted accepted, LoopContext& loop,
                  std::shared_ptr<const ActiveSettings> settings) {
  if (accepted.kind == ListenKind::kTls) {
    std::make_shared<Session<TlsStream>>(std::move(accepted), loop, std::move(settings))->Start();
  } else {
    std::make_shared<Session<PlainStream>>(std::move(accepted), loop, std::move(settings))->Start();
  }
}

}  // namespace cityid
