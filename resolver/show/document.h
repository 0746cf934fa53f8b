// What the service has to say, before it is shown as anything: each is one alternative of
// `Document`, and each representation shows all of them or says that it doesn't.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/find/past.h"
#include "resolver/answer/resolve.h"

namespace cityid {

/// One line of a list. What is there depends on the list.
struct ListItem {
  std::optional<CityId> id;
  TextMap names;      ///< of the identifier
  std::string level;  ///< of the identifier
  IdStatus status = IdStatus::kActive;
  std::optional<Endpoint> endpoint;  ///< of the identifier, that was asked for
  std::optional<PastChange> change;  ///< an entry of the log ...
  std::optional<RecordRef> record;   ///< ... with its hash ...
  std::string type;                  ///< ... and what it is: "update"
};

enum class ListKind : std::uint8_t { kSearch, kChildren, kPeers, kHistory };
/// The member that lists it in JSON: "results", "children", "peers", "changes".
std::string_view Name(ListKind kind);

/// A page of a list.
struct Listing {
  ListKind kind;
  std::string about;  ///< the prefix or identifier, or what was searched for
  std::vector<ListItem> items = {};
  std::optional<std::string> next = {};                ///< path and query of the next page
  std::optional<std::chrono::sys_seconds> since = {};  ///< nothing older is known here
  LedgerMark ledger = {};
};

/// What this service is, for somebody who asks for nothing in particular.
struct FrontPage {
  LedgerMark ledger;
};

/// What went wrong, or what a problem's type means (`status` is that of the problem then).
struct ProblemPage {
  std::string_view name;  ///< the end of its type
  int status;
  std::string detail;  ///< empty: only its type is explained
};

using Document = std::variant<Answer, Listing, FrontPage, ProblemPage>;

}  // namespace cityid
