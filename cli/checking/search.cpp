// cityid search | peers: lists of what is in the ledger.
#include "cli/checking/commands.h"
#include "cli/checking/found.h"
#include "resolver/message/form.h"
#include "resolver/routes/handlers.h"
#include "resolver/routing/peer_question.h"
#include "resolver/routing/prefix.h"

namespace cityid::cli {
namespace {

struct Search {
  std::string text;
  ListOptions list;

  void Declare(Command& command) {
    command.Argument(
        "TEXT", &text,
        "A name in any language or its beginning, or a value of another scheme, e.g. shijia");
    list.Declare(command);
  }

  Result<int> Run() const {
    const std::string field = "q=" + EncodeField(text);
    if (text.empty()) return Error{Errc::kUsage, "TEXT is empty"};
    if (!FormField(field, "q", kMaxSearchText)) {
      return Error{Errc::kUsage, "TEXT is at most " + std::to_string(kMaxSearchText) +
                                     " bytes of UTF-8 without control characters"};
    }
    const auto any = [](const auto&) { return true; };
    return list.List(ListKind::kSearch, "/search?" + field, {any, any});
  }
};

struct Peers {
  std::string id, rel, conforms_to, scope;
  ListOptions list;

  void Declare(Command& command) {
    command.Argument(
        "ID", &id, "Identifier or prefix, e.g. MA.156.1301.02 --rel _contextBroker --scope above");
    command.Option("--rel", &rel, "Endpoints with this relation, e.g. _contextBroker");
    command.Option("--conforms-to", &conforms_to, "Endpoints with this specification, a URI");
    command.Option("--scope", &scope,
                   "siblings (of an identifier; the default), below (of a prefix), or above");
    list.Declare(command);
  }

  Result<int> Run() const {
    const auto prefix = ReadPrefix(id);
    if (!prefix) {
      return Error{Errc::kUsage, "an identifier looks like MA.156.1301, a prefix like MA.156"};
    }
    if (rel.empty() && conforms_to.empty())
      return Error{Errc::kUsage, "say which endpoints: --rel, --conforms-to or both"};
    std::string query;
    for (const auto& [name, value] :
         {std::pair("rel", rel), std::pair("conformsTo", conforms_to), std::pair("scope", scope)}) {
      if (value.empty()) continue;
      query += (query.empty() ? "" : "&") + std::string(name) + "=" + EncodeField(value);
    }
    const auto asked = ReadPeerQuestion(query, *prefix);
    if (!asked) return Error{Errc::kUsage, asked.error().detail};
    return list.List(ListKind::kPeers, "/" + prefix->text() + "/peers?" + query,
                     {[&](const CityId& found) { return asked->Covers(found); },
                      [&](const Endpoint& endpoint) { return asked->filter.Fits(endpoint); }});
  }
};

}  // namespace

void AddSearch(Command& top) {
  top.Add("search", "Find identifiers by name", Search());
  top.Add("peers", "Find endpoints of those beside, below or above an identifier", Peers());
}

}  // namespace cityid::cli
