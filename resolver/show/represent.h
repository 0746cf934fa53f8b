// The representation table: media type -> renderer, one file each.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "resolver/answer/verdict.h"
#include "resolver/http/message.h"
#include "resolver/show/document.h"

namespace cityid {

/// What a renderer may need beside the document.
struct RenderContext {
  Language language = Language::kEnglish;
  std::string host = {};    ///< as the client addressed us, for people to compare; may be empty
  std::string target = {};  ///< path and query that were asked for
};

/// One row. `type` is negotiated; `error_type` labels what is no success.
struct Representation {
  std::string_view type;
  std::string_view success_type;
  std::string_view error_type;
  bool by_language;  ///< whether `Accept-Language` and the host matter
  std::string (*render)(const Document& document, const RenderContext& context);
};

/// In order of preference: JSON first, also for `*/*`.
std::span<const Representation> RepresentationTable();

/// How something is shown to who asks.
struct Shown {
  std::size_t representation;  ///< position in the table
  RenderContext context;
};

/// By `Accept`, `?lang=` and `Accept-Language`; nothing if the client accepts none of what there
/// is. `answer`: whether it is an answer, which comes in every representation.
std::optional<Shown> Negotiate(const Request& request, bool answer);

/// With type, language, entity tag and everything else that goes with a representation.
Response Represent(int status, const Document& document, const Shown& shown);

/// JSON: one line of UTF-8. An answer is an object with `verdict`, and for a success everything
/// known; what is no success is a problem document (RFC 9457).
std::string RenderJson(const Document& document, const RenderContext& context);

/// The same data as JSON in CBOR (RFC 8949), definite lengths, hashes and keys as text.
std::string RenderCbor(const Document& document, const RenderContext& context);

/// An answer's endpoints with those of the levels above (RFC 9264), as GS1's schema has it; what is
/// no success as in JSON.
std::string RenderLinkset(const Document& document, const RenderContext& context);

/// A page for phones: no script, no resource from elsewhere, in the context's language.
std::string RenderHtml(const Document& document, const RenderContext& context);

/// The members of an answer's object without its braces and without the ledger.
std::string AnswerMembers(const Answer& answer);
/// `"ledger":{...}`.
std::string LedgerMember(const LedgerMark& ledger);

/// What every answer about a subject says of it: members of an object, without its braces.
std::string SubjectMembers(const Subject& subject);

/// The same of a policy: who keeps the log, and which hosts codes may carry.
std::string PolicyMembers(const PolicyState& policy);

/// JSON text in CBOR. `json` is our own.
std::string JsonToCbor(std::string_view json);

}  // namespace cityid
