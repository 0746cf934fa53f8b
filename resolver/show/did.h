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

/// A form of result: its media type, and its members for what was found and what is said of it.
struct DidForm {
  std::string_view type, metadata, content, about;
};
inline constexpr DidForm kDidResolution = {"application/did-resolution", "didResolutionMetadata",
                                           "didDocument", "didDocumentMetadata"};
inline constexpr DidForm kDidDereferencing = {
    "application/did-url-dereferencing", "dereferencingMetadata", "content", "contentMetadata"};

/// When a DID document was made and last changed. Nothing if it isn't known, or never changed.
struct DidTimes {
  std::optional<std::chrono::sys_seconds> created, updated;
};

/// Why a DID is not resolved. The object in the result is a problem (RFC 9457).
struct DidError {
  int status;
  std::string_view name;  ///< of DID Resolution, "INVALID_DID"; a literal
  std::string detail;
};

/// Returns why an answer has no document. The subject is not deactivated.
DidError DidErrorOf(const Answer& answer);

/// Returns true if what the answer is about ended for good.
bool IsDeactivated(const Answer& answer);

/// Returns the version of a subject's document: the index of the newest record that set what stands
/// in it.
std::uint64_t DidVersionOf(const Subject& subject);

/// Writes the document of an answer that has `known`. `host`: of the DID that was asked; if it is
/// no host of the policy, the first one of the policy counts. `service`: the fragment of the only
/// service that is written; empty: all are.
std::string DidDocumentText(const Answer& answer, std::string_view host,
                            std::string_view service = {});

/// Writes what is known about the document of an answer that has `known`.
std::string DidMetadataText(const Answer& answer, const DidTimes& times);

/// Returns the object that a fragment of the document names, a key or a service, as JSON. Nothing
/// if there is none. The answer has `known`.
std::optional<std::string> DidPart(const Answer& answer, std::string_view host,
                                   std::string_view fragment);

/// Returns true if a service has this fragment. The answer has `known`.
bool HasDidService(const Answer& answer, std::string_view host, std::string_view fragment);

/// Returns where the service with this fragment leads, if people and programs may be sent there.
/// The answer has `known`.
std::optional<std::string> DidServiceAddress(const Answer& answer, std::string_view host,
                                             std::string_view fragment);

/// Writes a successful result. `content`: a document or a part of one, `about`: its metadata; both
/// are JSON.
std::string DidResultText(const DidForm& form, std::string_view content, std::string_view about);

/// Writes a failed result.
std::string DidErrorText(const DidForm& form, const DidError& error);

/// Writes the result for what is deactivated.
std::string DidEndedText(const DidForm& form);

}  // namespace cityid
