// A reply as bytes; internal to resolver/http.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "resolver/message/message.h"

namespace cityid {

/// The part of one reply that is still to be written. It does no network I/O: write `buffers`, call
/// `Wrote`, and when they are empty `NextPiece`, until it is `done`.
class ReplyWriter {
 public:
  /// The most bytes of a file that are read at once.
  static constexpr std::size_t kPiece = 64 * 1024;

  struct Options {
    bool with_body;   ///< false for HEAD
    bool keep_alive;  ///< false: the reply says that the connection closes
    bool hsts;        ///< whether the reply tells the client to stay with TLS
  };

  ReplyWriter() = default;
  ReplyWriter(const ReplyWriter&) = delete;
  ReplyWriter& operator=(const ReplyWriter&) = delete;

  /// Begins a reply. If its file can't be opened, begins a 500 instead.
  void Start(SharedReply reply, const Options& options);

  /// The bytes to write now: of the head and the body, or of a piece of a file. Valid until another
  /// member function is called.
  const std::array<boost::asio::const_buffer, 3>& buffers() const { return out_; }
  std::size_t left() const { return boost::asio::buffer_size(out_); }
  /// Takes the first `bytes` bytes off the buffers.
  void Wrote(std::size_t bytes);
  /// Copies the buffers into one, so that TLS makes one record of them.
  void Gather();

  /// Fills the empty buffers with the next piece of the file, if there is a file and it goes on.
  /// False if the file has become shorter or can't be read: the reply can't be finished.
  [[nodiscard]] bool NextPiece();
  bool done() const { return left() == 0 && !file_; }

  /// Releases the reply and its memory.
  void Clear();

 private:
  std::size_t WriteHead(const Options& options);

  SharedReply reply_;
  std::array<boost::asio::const_buffer, 3> out_;
  std::array<char, 320> head_;  ///< status line and the fields that differ from time to time
  std::string copy_;            ///< gathered buffers, or a piece of the file
  std::unique_ptr<std::ifstream> file_;  ///< open until its last piece is written
  std::uint64_t file_left_ = 0;          ///< bytes of the file that are not read yet
};

}  // namespace cityid
