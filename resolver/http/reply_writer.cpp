#include "resolver/http/reply_writer.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>

namespace cityid {
namespace {

namespace net = boost::asio;

/// Returns "Sun, 22 Nov 2026 06:50:09 GMT". The text is made once a second in each thread.
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

}  // namespace

void ReplyWriter::Start(SharedReply reply, const Options& options) {
  reply_ = std::move(reply);
  if (!reply_->file.empty() && options.with_body) {
    file_ = std::make_unique<std::ifstream>(reply_->file, std::ios::binary);
    file_left_ = reply_->length;
    if (!*file_) {
      file_.reset();
      reply_ = Prepare(Problem(500, "a file could not be read"));
    }
  }
  const std::size_t head = WriteHead(options);
  const std::string_view body =
      options.with_body ? std::string_view(reply_->body) : std::string_view();
  out_ = {net::const_buffer(head_.data(), head), net::buffer(reply_->fields),
          net::const_buffer(body.data(), body.size())};
}

/// Writes status line, Date, Cache-Control and Connection into `head_`; returns their length.
std::size_t ReplyWriter::WriteHead(const Options& options) {
  char* to = head_.data();
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
  if (options.hsts) add("\r\nStrict-Transport-Security: max-age=63072000");
  if (!options.keep_alive) add("\r\nConnection: close");
  add("\r\n");
  return static_cast<std::size_t>(to - head_.data());
}

void ReplyWriter::Wrote(std::size_t bytes) {
  for (net::const_buffer& buffer : out_) {
    const std::size_t step = std::min(bytes, buffer.size());
    buffer += step;
    bytes -= step;
  }
}

void ReplyWriter::Gather() {
  if (!copy_.empty()) return;  // a piece of a file is one buffer already
  for (const net::const_buffer& buffer : out_)
    copy_.append(static_cast<const char*>(buffer.data()), buffer.size());
  out_ = {net::buffer(copy_), {}, {}};
}

bool ReplyWriter::NextPiece() {
  if (!file_) return true;
  if (file_left_ == 0) {
    file_.reset();
    return true;
  }
  copy_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(file_left_, kPiece)));
  file_->read(copy_.data(), static_cast<std::streamsize>(copy_.size()));
  if (!*file_) return false;
  file_left_ -= copy_.size();
  out_ = {net::buffer(copy_), {}, {}};
  return true;
}

void ReplyWriter::Clear() {
  reply_.reset();
  out_ = {};
  copy_.clear();
  copy_.shrink_to_fit();
}

}  // namespace cityid
