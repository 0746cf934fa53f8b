// DID documents (DID 1.1) of the method did:web, and results of DID Resolution. The DID of an
// identifier is did:web:HOST:ID for each host of the policy.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/answer/resolve.h"

namespace cityid {

inline constexpr std::string_view kDidDocument = "application/did";
inline constexpr std::string_view kDidResolution = "application/did-resolution";
inline constexpr std::string_view kDidDereferencing = "application/did-url-dereferencing";

/// When a DID document was made and last changed, as far as it is known.
struct DidTimes {
  std::optional<std::chrono::sys_seconds> created, updated;
};

/// Why a DID is not resolved. The object in the result is a problem (RFC 9457).
struct DidError {
  int status;
  std::string type;  ///< a URI
  std::string detail;
};

/// Returns an error of DID Resolution by its name, "INVALID_DID".
DidError StandardDidError(int status, std::string_view name, std::string detail);

/// Returns the version of a subject's document: the index of the newest record that set what stands
/// in it.
std::uint64_t DidVersionOf(const Subject& subject);

/// Writes an answer as the result of a resolution. `host`: of the DID that was asked; if it is no
/// host of the policy, the first one of the policy counts.
std::string DidResolutionText(const Answer& answer, std::string_view host, const DidTimes& times);

/// Writes a failed resolution.
std::string DidResolutionText(const DidError& error);

/// Returns the object that a fragment of the document names, a key or a service, as JSON. Nothing
/// if there is none. The answer has `known`.
std::optional<std::string> DidPart(const Answer& answer, std::string_view host,
                                   std::string_view fragment);

/// Returns where the service with this fragment leads, if people and programs may be sent there.
/// The answer has `known`.
std::optional<std::string> DidServiceAddress(const Answer& answer, std::string_view host,
                                             std::string_view fragment);

/// Writes the result of dereferencing a DID URL. `content` is JSON.
std::string DidContentText(std::string_view content_type, std::string_view content);

/// Writes what dereferencing comes to if the subject has no document: why, or that it ended.
std::string DidNoContentText(const Answer& answer);

/// Writes a failed dereferencing.
std::string DidNoContentText(const DidError& error);

}  // namespace cityid
