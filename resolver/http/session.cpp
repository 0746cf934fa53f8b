#include "resolver/http/session.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <type_traits>

#include "codec/text.h"
#include "resolver/http/log.h"
#include "resolver/http/request_reader.h"

namespace cityid {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using net::ip::tcp;

constexpr std::size_t kMaxDrain = 256 * 1024;
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::chrono::seconds kDrainTime{1};

using PlainStream = LoopSocket;
using TlsStream = net::ssl::stream<LoopSocket>;

/// "Sun, 22 Nov 2026 06:50:09 GMT", made once a second and loop.
const std::string& DateField(std::time_t now) {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
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

/// Of "192.0.2.1:4711", "[2001:db8::1]:4711" or "[2001:db8::1]" the address.
std::string_view WithoutPort(std::string_view address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const std::size_t colon = address.find(':');
  const bool one = colon != std::string_view::npos && colon == address.rfind(':');
  return one ? address.substr(0, colon) : address;
}

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
        reader_(settings_->settings, loop.shared.body_limit) {
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
      if (self->idle) {
        self->idle = false;
        self->SetDeadline(self->limits().head_time);
      }
      self->Process();
    });
  }

  /// Answers what has come, one request after another, until something is to be waited for.
  void Process() {
    while (true) {
      const bool had_head = reader_.has_head();
      const RequestReader::Step step = reader_.Read();
      if (reader_.has_head()) replaceable = false;
      if (!had_head && reader_.in_body()) SetDeadline(limits().body_time);
      if (step == RequestReader::Step::kNeedMore) return Read();
      if (step == RequestReader::Step::kInvite) return Invite();
      if (step == RequestReader::Step::kRefused) return Refuse(reader_.refused());
      if (!Respond()) return;
    }
  }

  /// To a client that waits to be told before it sends the body (RFC 9110, 10.1.1).
  void Invite() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    net::async_write(stream_, net::buffer(kContinue.data(), kContinue.size()),
                     [self = this->shared_from_this()](const error_code& error, std::size_t) {
                       if (!error) self->Process();
                     });
  }

  /// True if the reply is out.
  bool Respond() {
    Request request = MakeRequest();
    if (request.limited) {
      const auto wait = loop_.shared.rate.Wait(request.client, RateOf(limits()), Clock::now());
      if (wait.count() > 0) {
        loop_.shared.Count(Refusal::kRate);
        Response problem = Problem(429, "too many requests from your address; try again later");
        problem.headers.Add("Retry-After", std::to_string(wait.count()));
        return Send(Prepare(std::move(problem)));
      }
    }
    if (redirects_) return Send(Redirect(request));
    if (loop_.shared.workers == nullptr || request.method != "POST") return Send(Handle(request));
    // What may wait goes to a worker; the answer comes back to this loop, which alone drops the
    // connection.
    deadline = Clock::time_point::max();
    net::post(*loop_.shared.workers,
              [self = this->shared_from_this(), request = std::move(request)]() mutable {
                SharedReply reply = self->Handle(request);
                const auto loop = self->socket().get_executor();
                net::post(loop, [self = std::move(self), reply = std::move(reply)] {
                  if (self->Send(reply)) self->Process();
                });
              });
    return false;
  }

  Request MakeRequest() {
    Request request = reader_.request();
    request.peer = peer_;
    request.client = client_.key;
    request.limited = !exempt_;
    if (forwards_) Forwarded(request);
    return request;
  }

  /// The client that a listed proxy speaks for: the last address that is no proxy of ours.
  void Forwarded(Request& request) {
    forwarded_.clear();
    // Several lines of a field are one list.
    for (const auto& [name, value] : request.headers) {
      if (!EqualIgnoringCase(name, "x-forwarded-for")) continue;
      if (!forwarded_.empty()) forwarded_ += ',';
      forwarded_ += value;
    }
    std::string_view chain = forwarded_;
    while (!chain.empty()) {
      const std::size_t comma = chain.rfind(',');
      std::string_view address = comma == std::string_view::npos ? chain : chain.substr(comma + 1);
      chain = comma == std::string_view::npos ? std::string_view() : chain.substr(0, comma);
      while (!address.empty() && address.front() == ' ') address.remove_prefix(1);
      while (!address.empty() && address.back() == ' ') address.remove_suffix(1);
      address = WithoutPort(address);
      const auto client = ParseClient(address);
      if (!client) {  // it speaks for somebody, who can't be told apart from others
        request.limited = true;
        return;
      }
      request.peer = address;
      request.client = client->key;
      request.limited = limits().loopback || !client->loopback;
      if (!settings_->settings.proxies.Contains(address)) return;
    }
  }

  SharedReply Redirect(const Request& request) const {
    Response response = Problem(308, "this is served over HTTPS");
    response.headers.Add(
        "Location", "https://" + settings_->settings.names.front() + std::string(request.target));
    return Prepare(std::move(response));
  }

  SharedReply Handle(const Request& request) const {
    try {
      return loop_.handler(request);
    } catch (const std::exception& error) {
      LogError("internal error", {{"what", error.what()}});
      return Prepare(Problem(500, "an internal error; the operator's log says more"));
    }
  }

  /// Answers with a problem and ends the connection.
  void Refuse(const RequestReader::Refused& refused) {
    loop_.shared.Count(refused.refusal);
    keep_alive_ = false;
    with_body_ = !(reader_.has_head() && reader_.is_head());
    Write(Prepare(Problem(refused.status, refused.reason)));
  }

  /// True if all of it is out, and another request may come.
  bool Send(SharedReply reply) {
    keep_alive_ = reader_.keep_alive() && !reader_.is_old() && !loop_.draining;
    with_body_ = !reader_.is_head();
    return Write(std::move(reply));
  }

  bool Write(SharedReply reply) {
    reply_ = std::move(reply);
    if (!reply_->file.empty() && with_body_) {
      file_ = std::make_unique<std::ifstream>(reply_->file, std::ios::binary);
      left_ = reply_->length;
      if (!*file_) {
        file_.reset();
        reply_ = Prepare(Problem(500, "a file could not be read"));
      }
    }
    const std::size_t prefix = WritePrefix();
    const std::string_view body = with_body_ ? std::string_view(reply_->body) : std::string_view();
    out_ = {net::const_buffer(prefix_.data(), prefix), net::buffer(reply_->fields),
            net::const_buffer(body.data(), body.size())};
    SetDeadline(limits().write_time * (1 + static_cast<int>(Left() / kPiece)));
    return Flush();
  }

  /// What differs from reply to reply of the same answer.
  std::size_t WritePrefix() {
    char* to = prefix_.data();
    const auto add = [&](std::string_view text) {
      std::memcpy(to, text.data(), text.size());
      to += text.size();
    };
    // Not `time()`, whose clock is some milliseconds behind: an answer would be kept too long.
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    add("HTTP/1.1 ");
    for (const int unit : {100, 10, 1}) *to++ = static_cast<char>('0' + reply_->status / unit % 10);
    add(" ");
    add(ReasonPhrase(reply_->status));
    add("\r\nDate: ");
    add(DateField(now));
    if (reply_->fresh_until) {
      const auto left = (*reply_->fresh_until).time_since_epoch().count() - now;
      add("\r\nCache-Control: public, max-age=");
      add(std::to_string(std::max<std::int64_t>(left, 0)));
    }
    if (kTls && settings_->settings.hsts) add("\r\nStrict-Transport-Security: max-age=63072000");
    if (!keep_alive_) add("\r\nConnection: close");
    add("\r\n");
    return static_cast<std::size_t>(to - prefix_.data());
  }

  std::size_t Left() const { return net::buffer_size(out_); }

  void Advance(std::size_t bytes) {
    for (net::const_buffer& buffer : out_) {
      const std::size_t step = std::min(bytes, buffer.size());
      buffer += step;
      bytes -= step;
    }
  }

  /// Writes what is left, at once if the client takes it; true if all of it is out.
  bool Flush() {
    if constexpr (!kTls) {
      error_code error;
      Advance(stream_.write_some(out_, error));
      if (error && error != net::error::would_block) return false;
      if (Left() == 0 && !file_) return Sent();
    }
    if (!loop_.Hold(this, Left(), limits().held)) return false;
    if constexpr (kTls) {
      if (sealed_.empty()) {  // one record, not three
        for (const net::const_buffer& buffer : out_)
          sealed_.append(static_cast<const char*>(buffer.data()), buffer.size());
        out_ = {net::buffer(sealed_), {}, {}};
      }
    }
    net::async_write(stream_, out_,
                     [self = this->shared_from_this()](const error_code& error, std::size_t) {
                       self->loop_.Hold(self.get(), 0, 0);
                       if (error) return;
                       self->out_ = {};
                       if (self->file_ && !self->NextPiece()) return self->Close();
                       if (self->Left() > 0 ? self->Flush() : self->Sent()) self->Process();
                     });
    return false;
  }

  /// The next piece of a file, none behind its end; false if it has become shorter, or can't be
  /// read. The deadline is each piece's: a large file may take its time, a reader that stalls may
  /// not.
  bool NextPiece() {
    if (left_ == 0) {
      file_.reset();
      return true;
    }
    sealed_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left_, kPiece)));
    file_->read(sealed_.data(), static_cast<std::streamsize>(sealed_.size()));
    if (!*file_) return false;
    left_ -= sealed_.size();
    out_ = {net::buffer(sealed_), {}, {}};
    SetDeadline(limits().write_time);
    return true;
  }

  /// The reply is out; true if another request may come.
  bool Sent() {
    reply_.reset();
    sealed_.clear();
    sealed_.shrink_to_fit();
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

  /// Sends what is left and reads on for a moment, so that the reply is not lost to a reset.
  void End() {
    idle = true;  // nobody is blamed for taking the whole moment
    SetDeadline(kDrainTime);
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
    Drain(kMaxDrain);
  }

  /// Reads on for so many bytes at most: who goes on sending is not listened to.
  void Drain(std::size_t left) {
    socket().async_read_some(net::buffer(prefix_), [self = this->shared_from_this(), left](
                                                       const error_code& error, std::size_t bytes) {
      if (!error && bytes < left) self->Drain(left - bytes);
    });
  }

  LoopContext& loop_;
  const Admission admission_;
  const std::shared_ptr<const ActiveSettings> settings_;
  Stream stream_;
  const std::string peer_;
  const Client client_;
  const bool exempt_;    ///< from limits
  const bool forwards_;  ///< a proxy that speaks for others
  const bool redirects_;
  std::string forwarded_;  ///< for whom
  bool keep_alive_ = true;
  bool with_body_ = true;
  RequestReader reader_;
  SharedReply reply_;
  std::array<net::const_buffer, 3> out_;  ///< what is left to write
  std::string sealed_;                   ///< memory of its own for what is written, if it needs any
  std::unique_ptr<std::ifstream> file_;  ///< what is left of a reply
  std::uint64_t left_ = 0;               ///< bytes of it
  std::array<char, 320> prefix_;
};

}  // namespace

void LoopContext::Add(Connection* connection) {
  connection->place = connections.size();
  connections.push_back(connection);
}

void LoopContext::Remove(Connection* connection) {
  connections.back()->place = connection->place;
  connections[connection->place] = connections.back();
  connections.pop_back();
}

bool LoopContext::Hold(Connection* connection, std::size_t bytes, std::size_t limit) {
  const auto change = [&](Connection* one, std::size_t now) {
    held_ += now - one->held;
    shared.held.fetch_add(now - one->held, std::memory_order_relaxed);
    one->held = now;
  };
  change(connection, bytes);
  // Whoever alone holds something may: a large reply is no attack.
  while (bytes > 0 && held_ > limit / shared.loops && held_ != connection->held) {
    const auto slowest = std::ranges::min_element(connections, {}, [](const Connection* one) {
      return one->held > 0 ? one->deadline : Connection::Clock::time_point::max();
    });
    shared.Count(Refusal::kSlowReader);
    change(*slowest, 0);
    if (*slowest == connection) return false;
    (*slowest)->Close();
  }
  return true;
}

void StartSession(Accepted accepted, LoopContext& loop,
                  std::shared_ptr<const ActiveSettings> settings) {
  if (accepted.kind == ListenKind::kTls) {
    std::make_shared<Session<TlsStream>>(std::move(accepted), loop, std::move(settings))->Start();
  } else {
    std::make_shared<Session<PlainStream>>(std::move(accepted), loop, std::move(settings))->Start();
  }
}

}  // namespace cityid
