// The representation table: what the service has to say, as HTML, JSON, CBOR or links.
//
// To add a media type: write its renderer in a file of this folder and name the file in
// resolver/CMakeLists.txt, declare the renderer at the end of this header, and give it a row of the
// table in represent.cpp. Negotiation, links, the words of a 406, OpenAPI and the tests over all
// routes follow from the row. A renderer that shows answers only writes anything else as JSON.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "resolver/answer/verdict.h"
#include "resolver/message/message.h"
#include "resolver/show/document.h"
#include "resolver/show/subject_cache.h"
#include "resolver/words/language_priority.h"

namespace cityid {

/// What a renderer may need beside the document.
struct RenderContext {
  Language language() const { return priority.page(); }

  LanguagePriority priority = {};  ///< which of a record's texts the client sees
  std::string host = {};           ///< as the client addressed us, shown to people; may be empty
  std::string target = {};         ///< path and query of the request
  /// The code's text, if what surrounded it in a form was left out; else empty.
  std::string judged = {};
  SubjectCache* subjects = nullptr;  ///< not owned; null: every JSON text is written anew
};

/// Which documents can be had in a representation.
enum class Scope {
  kAnswers,   ///< answers only
  kAnything,  ///< every kind of document
};

/// The media type of a problem document (RFC 9457).
inline constexpr std::string_view kProblemType = "application/problem+json";

/// One media type, and how a document is written in it.
struct Representation {
  std::string_view type;                       ///< what `Accept` is compared with
  std::string_view success_type = {};          ///< `Content-Type` of a success; empty: `type`
  std::string_view error_type = kProblemType;  ///< `Content-Type` of anything else
  Scope scope = Scope::kAnswers;
  bool by_language = false;   ///< depends on `Accept-Language` and `lang`
  bool by_host = false;       ///< depends on the host, or on the whole request
  bool only_by_name = false;  ///< chosen only if `Accept` names it, not by a range
  /// Values of `linkType` that choose it, separated by blanks.
  std::string_view link_types = {};
  std::string_view fields = {};  ///< further header fields, each a line with CRLF
  std::string (*render)(const Document& document, const RenderContext& context) = nullptr;
};

/// Returns all rows in order of preference: JSON first, also for `*/*`.
std::span<const Representation> RepresentationTable();

/// What a client asked for, and in which language.
struct Shown {
  const Representation* representation;  ///< a row of the table; never null
  RenderContext context;
};

/// Chooses by `linkType`, `Accept`, `lang` and `Accept-Language`. `scope` says what is asked for:
/// kAnswers for an answer, which every row can show; kAnything for another document. Returns
/// nothing if the client accepts none of the rows.
std::optional<Shown> Negotiate(const Request& request, Scope scope);

/// Chooses the row of a media type, whatever the client accepts. The table has one.
Shown ShowAs(const Request& request, std::string_view type);

/// Returns true for a value of `linkType` that chooses a representation, such as "linkset".
bool ChoosesRepresentation(std::string_view link_type);

/// Returns what `lang` and `Accept-Language` say.
LanguagePriority PriorityOf(const Request& request);

/// Returns the words of a 406: which media types there are.
std::string AcceptableTypes();

/// Adds the entity tag of a response, which says what its body is.
void AddTag(Response& response);

/// Renders a document, and adds the header fields that go with it: type, language, entity tag,
/// links.
Response Represent(int status, const Document& document, const Shown& shown);

// The renderers, a file each.

/// One line of JSON in UTF-8.
std::string RenderJson(const Document& document, const RenderContext& context);

/// The same data as JSON in CBOR (RFC 8949): definite lengths, hashes and keys as text.
std::string RenderCbor(const Document& document, const RenderContext& context);

/// A successful answer's endpoints and those of the levels above it, as a linkset (RFC 9264);
/// anything else as JSON.
std::string RenderLinkset(const Document& document, const RenderContext& context);

/// A successful answer's DID document; anything else as JSON.
std::string RenderDid(const Document& document, const RenderContext& context);

/// An answer as a result of DID Resolution, whether successful or not; anything else as JSON.
std::string RenderDidResolution(const Document& document, const RenderContext& context);

/// The active keys of a successful answer's subject as a JWK Set (RFC 7517); anything else as JSON.
std::string RenderJwks(const Document& document, const RenderContext& context);

/// A successful answer's subject as a catalogue of what it shares (DCAT-AP); anything else as JSON.
std::string RenderDcat(const Document& document, const RenderContext& context);

/// A page for phones in the context's language: no script, nothing loaded from elsewhere.
std::string RenderHtml(const Document& document, const RenderContext& context);

/// Converts JSON that this program wrote to CBOR.
std::string JsonToCbor(std::string_view json);

}  // namespace cityid
