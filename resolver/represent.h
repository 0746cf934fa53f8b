// The representation table: media type -> renderer, one file each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "resolver/resolve.h"
#include "resolver/verdict.h"

namespace cityid {

/// What a renderer may need beside the answer.
struct RenderContext {
  Language language = Language::kEnglish;
  std::string host;  ///< as the client addressed us, for people to compare; may be empty
};

/// One row. `type` is negotiated; `error_type` labels the answer if its verdict is no success.
struct Representation {
  std::string_view type;
  std::string_view success_type;
  std::string_view error_type;
  bool by_language;  ///< whether `Accept-Language` matters
  std::string (*render)(const Answer& answer, const RenderContext& context);
};

/// In order of preference: JSON first, also for `*/*`.
std::span<const Representation> RepresentationTable();

/// An object with `verdict`, and for a success everything known; for an error a problem document
/// (RFC 9457). One line of UTF-8.
std::string RenderJson(const Answer& answer, const RenderContext& context);

/// What every answer about a subject says of it: members of an object, without its braces.
std::string SubjectMembers(const Subject& subject);

/// The same of a policy: who keeps the log, and which hosts codes may carry.
std::string PolicyMembers(const PolicyState& policy);

/// A verdict for somebody who follows a problem's `type`: status and texts in every language.
std::string RenderVerdict(Verdict verdict);

/// A page for phones: no script, no resource from elsewhere, in the context's language.
std::string RenderHtml(const Answer& answer, const RenderContext& context);

}  // namespace cityid
