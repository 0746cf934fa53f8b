// The route table of a resolver. Rows of one pattern stand together, and patterns with literal
// segments before those with named ones.
#include "ledger/proof/proof.h"
#include "ledger/record/record.h"
#include "ledger/record/statement.h"
#include "resolver/routes/handlers.h"
#include "resolver/routes/picture_routes.h"
#include "resolver/routes/routes.h"
#include "resolver/routing/questions.h"

namespace cityid {
namespace {

// Generated clients send the first one.
constexpr std::string_view kCodeOrPictureTypes =
    "application/json text/plain application/cose application/x-www-form-urlencoded "
    "multipart/form-data image/jpeg image/png image/webp image/gif application/pdf";
constexpr std::string_view kBinary = "application/octet-stream";
constexpr Bounds kFile{.bytes = 0};
/// A file that is kept in memory.
constexpr Bounds kProgramFile{.bytes = std::size_t{4} << 20};
constexpr Bounds kList{.work = 8192};
/// Up to 256 answers.
constexpr Bounds kBulk{.work = 65'536};
/// Everything below a prefix, as much as a pack may have.
constexpr Bounds kWholePrefix{.bytes = kMaxPack, .work = 1'048'576};
/// What reads the inbox waits for those who write into it.
constexpr Bounds kInbox{.work = 8192};

// clang-format off
constexpr Route kTable[] = {
    {"GET", "/", GetFront, Gives::kDocument,
     {.summary = "What this service is", .parameters = "lang", .schema = "Front",
      .statuses = "503"}},
    {"GET", "/scan", GetScanner, Gives::kFixed,
     {.summary = "The page on which codes are scanned", .parameters = "lang",
      .gives = "text/html"}},
    {"GET", "/scan/{version}/{file}", GetScannerFile, Gives::kFixed,
     {.summary = "A file of the scanner's program",
      .gives = "text/javascript text/css application/wasm application/manifest+json "
               "image/svg+xml image/png text/plain",
      .statuses = "404"}, 0, true, kProgramFile},
    {"GET", "/openapi.json", GetOpenApi, Gives::kFixed,
     {.summary = "This document", .gives = "application/json"}},
    {"GET", "/healthz", GetHealth, Gives::kFixed,
     {.summary = "Whether the process answers", .gives = "text/plain"}},
    {"GET", "/readyz", GetReady, Gives::kFixed,
     {.summary = "Whether it should get requests; with 503, why not", .gives = "text/plain",
      .successes = "200 503"}},
    {"GET", "/robots.txt", GetRobots, Gives::kFixed,
     {.summary = "What crawlers may index (RFC 9309)", .gives = "text/plain"}},
    {"GET", "/.well-known/security.txt", GetSecurity, Gives::kFixed,
     {.summary = "Whom to tell of a weakness (RFC 9116), if the operator says so",
      .gives = "text/plain", .statuses = "404 503"}},
    {"GET", "/.well-known/api-catalog", GetApiCatalog, Gives::kFixed,
     {.summary = "The interfaces of this resolver (RFC 9727)",
      .gives = "application/linkset+json", .statuses = "503"}},
    {"GET", "/problems/{type}", GetProblem, Gives::kDocument,
     {.summary = "What a type of problem means", .parameters = "lang", .schema = "ProblemType",
      .statuses = "404"}},
    {"GET", "/rel/{relation}", GetRelation, Gives::kFixed,
     {.summary = "What an extension relation is", .gives = "application/json",
      .schema = "Relation", .statuses = "404"}},
    {"GET", "/search", GetSearch, Gives::kDocument,
     {.summary = "Finds identifiers by name in any language, by identifier or by a code of another scheme",
      .parameters = "q limit after lang", .schema = "Results", .statuses = "400 413 503"}, 0, true,
     kList},
    {"GET", "/alias/{scheme}/{value}", GetAlias, Gives::kAnswer,
     {.summary = "Resolves a code of another scheme, as it is or as it was, or leads to one of its links",
      .parameters = "linkType versionTime lang", .schema = "Answer", .statuses = "307"}},
    {"GET", "/.well-known/gs1resolver", GetGs1Description, Gives::kFixed,
     {.summary = "What this resolver does for GS1 Digital Links", .gives = "application/json",
      .statuses = "503"}},
    {"GET", "/414/{gln...}", GetGs1Path, Gives::kAnswer,
     {.summary = "Leads to a link of the identifier that has a GLN (GS1 Digital Link)",
      .parameters = "linkType lang", .statuses = "300 307 400"}},
    {"GET", "/eh{hex}", GetGs1Hex, Gives::kAnswer,
     {.summary = "The same for an EPC binary string of a location, in hexadecimal",
      .parameters = "linkType lang", .statuses = "300 307 400"}},
    {"GET", "/ex{base64}", GetGs1Base64, Gives::kAnswer,
     {.summary = "The same for an EPC binary string of a location, in base 64",
      .parameters = "linkType lang", .statuses = "300 307 400"}},
    {"POST", "/resolve", PostResolve, Gives::kFixed,
     {.summary = "Resolves up to 256 identifiers and codes",
      .takes = "application/json application/cbor", .gives = "application/json application/cbor",
      .schema = "BulkAnswer", .body_schema = "Questions",
      .statuses = "400 406 413 415 429 503"}, kMaxQuestions, true, kBulk},
    {"POST", "/verify", PostVerify, Gives::kAnswer,
     {.summary = "Verifies one code that was scanned, every code in a picture, or every seal of a PDF",
      .parameters = "lang", .takes = kCodeOrPictureTypes,
      .schema = "Verified", .body_schema = "CodeText", .statuses = "413 415 429"}, 8192, true, kBulk,
     VerifyTerms},
    {"GET", "/verify", GetFront, Gives::kDocument,
     {.summary = "A form for the text of a code", .parameters = "lang", .schema = "Front",
      .statuses = "503"}},
    {"POST", "/registry/applications", PostApplication, Gives::kFixed,
     {.summary = "Hands in a record", .takes = "application/cose", .gives = "application/json",
      .schema = "Submission", .successes = "201 202", .statuses = "400 403 404 409 413 429 503"}, kMaxRecord, false},
    {"GET", "/registry/applications", GetApplications, Gives::kFixed,
     {.summary = "What waits for signatures", .parameters = "limit afterDraft",
      .gives = "application/json", .schema = "Applications", .statuses = "400 404 503"}, 0, false,
     kInbox},
    {"GET", "/registry/applications/{draft}", GetApplication, Gives::kFixed,
     {.summary = "An application with its signatures so far", .gives = "application/cose",
      .statuses = "400 404 503"}, 0, false, kInbox},
    {"GET", "/registry/applications/{draft}/state", GetStanding, Gives::kFixed,
     {.summary = "Where an application stands", .gives = "application/json",
      .schema = "Standing", .statuses = "400 404 503"}, 0, false, kInbox},
    {"POST", "/registry/statements", PostStatement, Gives::kFixed,
     {.summary = "Withdraws or rejects an application", .takes = "application/cose",
      .gives = "application/json", .schema = "Standing",
      .statuses = "400 403 404 409 413 429 503"}, kMaxStatement, false},
    {"GET", "/registry/statements/{draft}", GetStatement, Gives::kFixed,
     {.summary = "The statement by which an application was withdrawn or rejected",
      .gives = "application/cose", .statuses = "400 404 503"}, 0, false, kInbox},
    {"GET", "/ledger/state/{key}", GetState, Gives::kFixed,
     {.summary = "A value of the state", .gives = "application/cbor", .statuses = "400 404"}},
    {"GET", "/ledger/entry/{index}", GetEntry, Gives::kFixed,
     {.summary = "An entry of the log", .gives = "application/cose", .statuses = "404"}},
    {"GET", "/ledger/checkpoint", GetCheckpoint, Gives::kFixed,
     {.summary = "The newest checkpoint (C2SP tlog-checkpoint)", .gives = "text/plain",
      .statuses = "404"}},
    {"GET", "/ledger/trust", GetTrust, Gives::kFixed,
     {.summary = "The policy in force as a trust file (C2SP tlog-policy)", .gives = "text/plain",
      .statuses = "404 503"}},
    {"GET", "/ledger/tile/{file...}", GetLogFile, Gives::kFixed,
     {.summary = "A tile or an entry bundle (C2SP tlog-tiles)", .gives = kBinary,
      .statuses = "404"}, 0, true, kFile},
    {"GET", "/ledger/policies/{version}", GetPolicyProof, Gives::kFixed,
     {.summary = "The proof of a policy", .gives = kProofType, .statuses = "404"}},
    {"GET", "/ledger/snapshot/{size}", GetSnapshot, Gives::kFixed,
     {.summary = "A snapshot", .gives = kBinary, .statuses = "404"}, 0, true, kFile},
    {"GET", "/1.0/identifiers/{did...}", GetDid, Gives::kFixed,
     {.summary = "Resolves a DID or dereferences a DID URL (DID Resolution)",
      .parameters = "versionTime versionId service relativeRef expandRelativeUrls",
      .gives = "application/did-resolution application/did application/did+ld+json "
               "application/did-url-dereferencing",
      .successes = "200 303 400 404 406 410 500 501", .statuses = "503"}},
    {"GET", "/{id}", GetIdentifier, Gives::kAnswer,
     {.summary = "Resolves an identifier, as it is or as it was, or leads to one of its links",
      .parameters = "linkType versionTime lang", .schema = "Answer", .statuses = "307"}},
    {"GET", "/{id}/did.json", GetIdentifierAs, Gives::kAnswerAs,
     {.summary = "The DID document of an identifier", .parameters = "versionTime",
      .gives = "application/did"}},
    {"GET", "/{id}/jwks", GetIdentifierAs, Gives::kAnswerAs,
     {.summary = "The active keys of an identifier (RFC 7517)", .parameters = "versionTime",
      .gives = "application/jwk-set+json"}},
    {"GET", "/{id}/dcat", GetDcat, Gives::kFixed,
     {.summary = "What an identifier shares, or everything below an identifier or prefix, as a catalogue (DCAT-AP)",
      .parameters = "versionTime scopeBelow limit after", .gives = "application/ld+json",
      .statuses = "400 403 404 410 413 503"}, 0, true, kList},
    {"GET", "/{id}/proof", GetIdentifierProof, Gives::kFixed,
     {.summary = "The proof of an answer", .parameters = "since", .gives = kProofType,
      .statuses = "400 404"}},
    {"GET", "/{id}/pack", GetPack, Gives::kFixed,
     {.summary = "Proves everything at and below an identifier or prefix, to judge codes offline",
      .parameters = "since", .gives = kProofType, .statuses = "400 404 413 429 503"}, 0, true,
     kWholePrefix},
    {"GET", "/{id}/children", GetChildren, Gives::kDocument,
     {.summary = "Identifiers one level below an identifier or prefix",
      .parameters = "limit after lang", .schema = "Children", .statuses = "400 404 413 503"}, 0,
     true, kList},
    {"GET", "/{id}/peers", GetPeers, Gives::kDocument,
     {.summary = "Endpoints of those beside, below or above",
      .parameters = "rel conformsTo scope limit after lang", .schema = "Peers",
      .statuses = "400 404 413 503"}, 0, true, kList},
    {"GET", "/{id}/history", GetHistory, Gives::kDocument,
     {.summary = "Entries of the log that concern an identifier, newest first",
      .parameters = "limit before lang", .schema = "Changes", .statuses = "400 404 413 503"}, 0,
     true, kList},
    {"GET", "/{id}/{token}", GetCode, Gives::kAnswer,
     {.summary = "Resolves a signed code", .parameters = "lang", .schema = "Answer"}},
    {"GET", "/{id}/{token}/proof", GetCodeProof, Gives::kFixed,
     {.summary = "The proof of an answer to a code", .parameters = "since", .gives = kProofType,
      .statuses = "400 404"}},
};
// clang-format on

constexpr Router kRouter(kTable, "nothing is here; an identifier looks like /MA.156.1301");

}  // namespace

const Router& ResolverRouter() { return kRouter; }

}  // namespace cityid
