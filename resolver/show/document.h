// What the service has to say, before it is written in a media type. Each kind is one alternative
// of `Document`; a renderer (represent.h) writes every kind.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "codec/seal/seal.h"
#include "ledger/find/past.h"
#include "resolver/answer/resolve.h"

namespace cityid {

/// One line of a list. Which members are set depends on the list.
struct ListItem {
  std::optional<CityId> id;
  TextMap names;      ///< of the identifier
  std::string level;  ///< of the identifier
  IdStatus status = IdStatus::kActive;
  std::optional<Endpoint> endpoint;  ///< of the identifier, in a list of peers
  std::optional<PastChange> change;  ///< an entry of the log ...
  std::optional<RecordRef> record;   ///< ... with its hash ...
  std::string type;                  ///< ... and what it is: "update"
};

enum class ListKind : std::uint8_t { kSearch, kChildren, kPeers, kHistory };
/// Returns the JSON member that holds the items: "results", "children", "peers", "changes".
std::string_view Name(ListKind kind);

/// A page of a list.
struct Listing {
  /// Adds an item and counts what it takes.
  void Add(ListItem item);
  /// A full page ends, however many items were asked for.
  bool full() const { return bytes >= kFull; }

  static constexpr std::size_t kFull = 96 * 1024;
  ListKind kind;
  std::string about;  ///< the prefix or identifier, or what was searched for
  std::vector<ListItem> items = {};
  std::optional<std::string> next = {};                ///< path and query of the next page
  std::optional<std::chrono::sys_seconds> since = {};  ///< nothing older is known here
  LedgerMark ledger = {};
  std::size_t bytes = 0;  ///< of text in the items
};

/// Returns the names that a list shows of an identifier: all if they are short, or up to 1 KiB of
/// them, those in the languages of the pages first.
TextMap NamesInList(const TextMap& names);

/// What this service is, for somebody who asks for "/".
struct FrontPage {
  LedgerMark ledger;
  bool reads_pictures = false;  ///< whether /verify takes pictures
};

/// What the symbols in a picture say, or the seals of a file.
struct PicturePage {
  struct Symbol {
    std::string_view format;          ///< "QR code", "Data Matrix" or "Aztec"; "seal" of a file
    std::optional<Answer> answer = {};  ///< nothing: it is no code of CityID
    std::string path = {};            ///< of the answer's own page; empty: it has none
    std::string foreign = {};         ///< the beginning of its text, if it is no code of CityID
    std::optional<FoundSeal> seal = {};  ///< of a file
  };
  std::vector<Symbol> symbols = {};
  std::string missing = {};  ///< one line on what may not have been read; empty: all was
  /// Of a file: whether it is what was sealed, if the code of every seal is valid.
  std::optional<bool> intact = {};
  LedgerMark ledger = {};
};

/// A problem that occurred; or, without a detail, what a type of problem means.
struct ProblemPage {
  std::string_view name;  ///< the end of its type
  int status;
  std::string detail;  ///< empty: only its type is explained
};

using Document = std::variant<Answer, Listing, FrontPage, ProblemPage, PicturePage>;

}  // namespace cityid
