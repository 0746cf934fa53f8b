// The handlers of the route tables, by the file that has them. What a handler gives, and its
// statuses, are in its row (resolver_routes.cpp, witness_routes.cpp).
#pragma once

#include <cstddef>
#include <string>

#include "resolver/routing/route.h"

namespace cityid {

// answer_routes.cpp
HandlerResult GetFront(const Call& call);
/// `versionTime`: as it was then; `linkType`: its links, or where one of them leads.
HandlerResult GetIdentifier(const Call& call);
/// The same in the one representation that the row names, without `linkType`.
HandlerResult GetIdentifierAs(const Call& call);
HandlerResult GetCode(const Call& call);
HandlerResult GetAlias(const Call& call);

// catalogue_routes.cpp
/// For a prefix, and with `scope=below`: a page of the catalogues of all active identifiers below
/// that share something.
HandlerResult GetDcat(const Call& call);
HandlerResult GetApiCatalog(const Call& call);

// did_routes.cpp
HandlerResult GetDid(const Call& call);

// finding_routes.cpp
/// The longest text that is searched for, in bytes of UTF-8.
inline constexpr std::size_t kMaxSearchText = 256;
/// Searches for `q`: names by how a word begins, identifiers, values of other schemes.
HandlerResult GetSearch(const Call& call);
HandlerResult GetChildren(const Call& call);
/// Lists endpoints with the relation `rel` or the specification `conformsTo`: of active identifiers
/// beside an identifier (`scope=siblings`), below it or a prefix (`below`), or above it (`above`).
HandlerResult GetPeers(const Call& call);
HandlerResult GetHistory(const Call& call);

// gs1_routes.cpp
/// Gives the resolver description file.
HandlerResult GetGs1Description(const Call& call);
/// Leads to the default link of a location, to the link that `linkType` asks for, or gives its
/// linkset.
HandlerResult GetGs1Path(const Call& call);
HandlerResult GetGs1Hex(const Call& call);
HandlerResult GetGs1Base64(const Call& call);

// ledger_routes.cpp
/// The media type of proof documents.
inline constexpr const char* kProofType = "application/cityid-proof+cbor";
/// Returns a text as a response: caches ask whether it is still the newest.
Response NewestText(const std::string& text);
HandlerResult GetCheckpoint(const Call& call);
HandlerResult GetTrust(const Call& call);
HandlerResult GetLogFile(const Call& call);
HandlerResult GetPolicyProof(const Call& call);
HandlerResult GetSnapshot(const Call& call);
/// Gives the stored value of a state key (in hexadecimal): a program needs it to make a record.
HandlerResult GetState(const Call& call);
HandlerResult GetEntry(const Call& call);
/// Proves what `/{id}` answers; `since` adds consistency with a log of that size.
HandlerResult GetIdentifierProof(const Call& call);
HandlerResult GetCodeProof(const Call& call);
HandlerResult GetPack(const Call& call);

// question_routes.cpp
/// Takes a code as text, in a form, in JSON, or as COSE bytes; or a picture, or a PDF.
HandlerResult PostVerify(const Call& call);
HandlerResult PostResolve(const Call& call);

// registry_routes.cpp
/// Takes a record with one signature or more. 201 with its index if it was sequenced and published;
/// 202 with what is missing while it waits.
HandlerResult PostApplication(const Call& call);
HandlerResult GetApplications(const Call& call);
HandlerResult GetApplication(const Call& call);
HandlerResult GetStanding(const Call& call);
HandlerResult PostStatement(const Call& call);
HandlerResult GetStatement(const Call& call);
/// Removes from the inbox, for its operator, the applications of one `client` (as metrics name it),
/// those below a `prefix`, or one `application`, that nobody with a say has signed. Says how many.
/// It is no row: the operations plane calls it.
Response DropApplications(Registry& registry, const Request& request);

// scanner_routes.cpp
HandlerResult GetScanner(const Call& call);
/// Gives a file under the version that the page names. Immutable.
HandlerResult GetScannerFile(const Call& call);

// service_routes.cpp
HandlerResult GetHealth(const Call& call);
/// Says whether this resolver should get requests: its ledger can be read, is not past the hard age
/// and not frozen. A line a reason.
HandlerResult GetReady(const Call& call);
HandlerResult GetRobots(const Call& call);
HandlerResult GetSecurity(const Call& call);
HandlerResult GetProblem(const Call& call);
HandlerResult GetRelation(const Call& call);
HandlerResult GetOpenApi(const Call& call);

}  // namespace cityid
