// The rows of the route table that resolve: identifiers, codes, aliases, one or many at once.
#pragma once

#include <variant>

#include "resolver/routes/routes.h"
#include "resolver/show/document.h"

namespace cityid {

/// What this service is.
Response GetFront(const Service& service, const Request& request, const PathParameters& path);
/// An identifier as somebody typed it. `?versionTime=`: as it was; `?linkType=`: its links, or
/// where one of them leads.
Response GetIdentifier(const Service& service, const Request& request, const PathParameters& path);
/// A code, by the path of its URL.
Response GetCode(const Service& service, const Request& request, const PathParameters& path);
/// The identifier that has a value of another scheme.
Response GetAlias(const Service& service, const Request& request, const PathParameters& path);
/// A code that was scanned: as text, in a form, in JSON, or as COSE bytes.
Response PostVerify(const Service& service, const Request& request, const PathParameters& path);
/// Up to 256 identifiers or codes: a list in JSON or CBOR.
Response PostResolve(const Service& service, const Request& request, const PathParameters& path);

/// A head to answer from: one that is there and not too old.
struct OpenLedger {
  LedgerView view;
  std::chrono::sys_seconds clock;
  LedgerMark mark;
};
/// The problem instead if there is none. `service.subjects` is of this view afterwards.
std::variant<OpenLedger, Response> OpenFor(const Service& service);

/// Until when what was said of a head may be kept, on the clock of this machine.
std::chrono::sys_seconds FreshUntil(const LedgerMark& ledger, const std::optional<CodeFacts>& code,
                                    const Service& service, std::chrono::sys_seconds clock);

/// A document that depends on nothing but a head, and is no answer.
Response Show(const Service& service, const Request& request, const OpenLedger& ledger,
              const Document& document);

}  // namespace cityid
