// Bodies in chunks (RFC 9112, 7.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cityid {

/// Reads one body in chunks. Extensions and trailer fields are ignored, but what readers disagree
/// about is refused: control characters and bare line feeds, blanks around a size, folded trailer
/// fields, and fields that only a head may have.
class ChunkReader {
 public:
  enum class Step {
    kNeedMore,   ///< bytes are missing
    kDone,       ///< the body is complete
    kMalformed,  ///< nothing can be read after it
    kTooLarge,   ///< more than `most` bytes of data, or 4 KiB of extensions and trailers
  };

  /// Takes what can be read off the front of `bytes`, and appends the data to `body`, up to `most`
  /// bytes.
  Step Read(std::string_view& bytes, std::string& body, std::size_t most);
  bool done() const { return part_ == Part::kNothing; }

 private:
  enum class Part { kSize, kData, kEndOfData, kTrailer, kNothing };

  /// Reads the next part. kDone: the part is complete.
  Step ReadPart(std::string_view& bytes, std::string& body, std::size_t most);
  Step ReadSize(std::string_view line);
  Step ReadTrailer(std::string_view line);
  Step CountIgnored(std::size_t bytes);

  Part part_ = Part::kSize;
  std::uint64_t left_ = 0;   ///< bytes of the chunk
  std::size_t ignored_ = 0;  ///< bytes of extensions and trailer fields
};

}  // namespace cityid
