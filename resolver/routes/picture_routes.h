// Pictures that strangers send to /verify: few at once, each read by a process of its own. A PDF is
// taken on the same terms, and only looked through for seals.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "codec/picture/readers.h"
#include "codec/result.h"
#include "resolver/http/client_limits.h"
#include "resolver/routing/route.h"

namespace cityid {

/// The largest request with a picture, in bytes.
inline constexpr std::size_t kMaxPictureBody = std::size_t{12} << 20;

/// Where pictures are taken in and read. Nothing of them is kept. Thread-safe.
class PictureDesk {
 public:
  /// How many pictures are read, or wait for a reader, at once: fewer than a server has workers.
  static constexpr std::size_t kInside = 3;

  /// `readers` outlives this.
  explicit PictureDesk(PictureReaders& readers) : readers_(readers) {}

  /// Returns the terms on which a picture is taken, by the head of its request: 503 if as many as
  /// may be are being read, or are on their way; 429 if those of this client are. Where all places
  /// are taken, the slowest of those that have had `kPatience` loses its own.
  BodyTerms Admit(const Request& head);

  /// Reads a picture, and may wait for a reader before. Errors: kBusy if others wait already; those
  /// of `PictureReaders::Reader`.
  Result<PictureResult> Read(ByteView file, const std::vector<std::string>& hosts);

 private:
  using Clock = std::chrono::steady_clock;
  class Place;
  static constexpr std::size_t kPlaces = 16;      // each may hold `kMaxPictureBody`
  static constexpr unsigned kPlacesOfClient = 2;  // many people may share an address
  static constexpr std::chrono::seconds kPatience{3};

  std::shared_ptr<Place> TakePlace(std::optional<std::uint64_t> client);
  bool Displace(Clock::time_point now);

  PictureReaders& readers_;
  ConnectionCount taken_by_;
  std::mutex places_mutex_;
  std::vector<Place*> places_;  ///< of pictures that are on their way; under `places_mutex_`
  std::mutex mutex_;
  std::condition_variable freed_;        ///< a reader
  std::atomic<std::size_t> inside_ = 0;  ///< changed under `mutex_`
};

/// Returns true if a request carries a picture or a PDF, by its type; or a form with files.
bool CarriesPicture(const Request& request);

/// The terms of a body of /verify: a picture's if it is one, else the row's.
BodyTerms VerifyTerms(const Call& head);

/// Judges every code in the picture that a request carries, or every seal of its PDF.
HandlerResult VerifyPicture(const Call& call);

}  // namespace cityid
