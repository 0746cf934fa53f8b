// Sealing a PDF (docs/document-seal.md): everything up to the signature, and everything after it.
// In between, whoever seals takes a serial and signs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/documents/placing.h"
#include "codec/bytes.h"
#include "codec/city_code.h"
#include "codec/result.h"
#include "codec/seal/seal.h"

namespace cityid::cli {

/// How many seals a file may have.
inline constexpr std::size_t kMostSeals = 8;

/// What a stamp is like, and what is sealed although something speaks against it.
struct SealTerms {
  int page = -1;  ///< from 1; -1 is the last one
  StampAt at;
  double size_mm = 0;  ///< across the symbol with its quiet zone; 0: as many as the modules need
  std::vector<std::string> caption;  ///< lines in ASCII below the symbol
  bool again = false;                ///< a file that is sealed already
  bool dynamic = false;              ///< a file that can look different by itself
  bool after_signatures = false;  ///< a file with digital signatures, which viewers then object to
};

/// Returns the lines that stand below a symbol if nobody says others: identifier and host.
std::vector<std::string> CaptionOf(const CityId& id, const std::string& host);

/// A PDF that is about to be sealed.
class Sealing {
 public:
  /// Reads a file, chooses the place of the stamp and makes the stamp. `claims`: those of the code;
  /// serial and digest don't matter yet. Says on standard error if the stamp covers something.
  /// Errors: kUsage for a place, page or size that doesn't fit; kRefused for a file that can't be
  /// sealed, or not under these terms; those of reading, of `PdfStamper` and of drawing the page.
  static Result<Sealing> Prepare(const std::string& file, const CodeClaims& claims,
                                 const std::string& host, const SealTerms& terms);

  /// Returns what the code has to say of the file.
  const Sha256Hash& digest() const { return digest_; }
  /// Returns the page with the stamp, from 1, and where on it the stamp is.
  int page() const { return page_; }
  const StampPlace& place() const { return place_; }

  /// Puts the code into the file and verifies the result. Returns the sealed file, which lives as
  /// long as this. To be called once. Errors: kCorrupt for a file that would not be unchanged.
  Result<ByteView> Finish(std::string_view url);

 private:
  Sealing() = default;
  Result<void> MakeStamp(const std::string& file, std::string_view url, const SealTerms& terms);

  Bytes content_;  // the original and what stands before the region; in the end all of it
  Bytes after_;
  std::size_t original_ = 0;  // bytes
  std::size_t region_ = 0;    // bytes
  std::size_t seals_ = 0;     // that were there before
  Sha256Hash digest_;
  int page_ = 0;
  StampPlace place_;
};

}  // namespace cityid::cli
