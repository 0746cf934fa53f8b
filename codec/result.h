// Errors as values: a failure that a peer, an operator, a file or a disk can cause is returned, not
// thrown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace cityid {

/// The kind of a failure. Programs decide by it; the detail of an `Error` is for people.
enum class Errc {
  kUsage,        ///< the caller asked for something that makes no sense
  kMalformed,    ///< input is not of its format, or not in its one canonical form
  kUnsupported,  ///< well-formed, but of a version or algorithm this program does not know
  kForged,       ///< a signature or a proof does not verify
  kWrongState,   ///< a state root is not what the entries before it come to
  kRefused,      ///< authentic, but a rule of the ledger refuses it
  kNotFound,     ///< the thing that was named does not exist
  kTooLarge,     ///< over a bound of its format
  kCorrupt,      ///< stored data contradicts itself: never reported as absence
  kFormat,       ///< a ledger directory of another format, or no ledger at all
  kBusy,         ///< somebody else holds the lock
  kFull,         ///< the disk or the reserved address space is full
  kIo,           ///< the system refused a file operation
  kNetwork,      ///< a peer could not be reached or did not answer in time
  kPassphrase,   ///< wrong or missing passphrase
  kMediaType,    ///< a body of a type that is not taken
  kStale,        ///< the ledger's copy is too old to say anything
  kStopped,      ///< this process was told to stop before it was done
  kNotIndexed,   ///< a table that is being made anew is not complete yet
};

/// A failure: a code for programs and one line for people, without a final full stop.
struct [[nodiscard]] Error {
  Errc code;
  std::string detail;

  /// Returns the same error with a context before its detail: "genesis: k is too small".
  Error In(std::string_view context) const {
    return Error{code, std::string(context) + ": " + detail};
  }
};

/// A value or an `Error`. Test it before use: to read the side that is not there is a bug and
/// throws `std::bad_variant_access`.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return error_.value(); }

 private:
  std::optional<Error> error_;
};

}  // namespace cityid
