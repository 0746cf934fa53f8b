// cityid resolve: an identifier, an address or an alias in, an answer out.
#include <algorithm>

#include "cli/checking/commands.h"
#include "cli/checking/remote_answer.h"
#include "cli/console/remote_json.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "codec/text.h"
#include "resolver/message/form.h"
#include "resolver/routing/pasted.h"

namespace cityid::cli {
namespace {

/// A value of another scheme.
struct Alias {
  std::string scheme, value;
};

constexpr std::size_t kMaxAliasValue = 128;

/// Reads "gbt2260:130100", and a DID, which begins with its scheme; nothing if it is no alias.
std::optional<Alias> ReadAlias(const std::string& text) {
  const std::string scheme = LowerCase(text.substr(0, text.find(':')));
  if (scheme.size() == text.size() || !IsAliasScheme(scheme)) return std::nullopt;
  Alias alias{scheme, scheme == "did" ? text : text.substr(scheme.size() + 1)};
  const bool plain =
      std::ranges::none_of(alias.value, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (alias.value.empty() || alias.value.size() > kMaxAliasValue || !plain) return std::nullopt;
  return alias;
}

/// Reads the address of a page, "https://id.example.cn/MA.156.1301"; nothing if it is none. Scheme
/// and host have no case, and people leave the scheme out.
std::optional<Asked> ReadPage(std::string_view text) {
  constexpr std::string_view kHttps = "https://";
  if (EqualIgnoringCase(text.substr(0, kHttps.size()), kHttps)) text.remove_prefix(kHttps.size());
  const std::string host = LowerCase(text.substr(0, text.find('/')));
  if (host.size() == text.size() || !IsHostName(host)) return std::nullopt;
  const auto id = CityId::ParseTyped(text.substr(host.size() + 1));
  if (!id) return std::nullopt;
  return Asked{"/" + id->text(), Query{*id, host, {}}};
}

/// Reads an identifier, perhaps with the digits of a code ("MA.156.1301/1234"), or an address.
/// Errors: kUsage; for an address, those of parsing a code.
Result<Asked> ReadAsked(const std::string& text) {
  if (auto page = ReadPage(text)) return *std::move(page);
  if (text.find("://") != std::string::npos) {
    const auto scanned = ParseScanned(AsBytes(text));
    if (!scanned) return scanned.error();
    return AboutScanned(*scanned);
  }
  const auto id = CityId::ParseTyped(text);
  if (id) return Asked{"/" + id->text(), Query{*id, {}, {}}};
  // A resolver knows which of them are registered.
  if (!CityId::Corrections(text).empty()) return Asked{"/" + EncodeField(text), Query::Typed(text)};
  if (const std::size_t slash = text.find('/'); slash != std::string::npos) {
    const Query code = Query::Path(text.substr(0, slash), text.substr(slash + 1));
    if (std::holds_alternative<ClaimedCode>(code.subject)) return Asked{"/" + text, code};
  }
  return Usage("'" + text +
               "' is no identifier (MA.156.1301), no address and no alias (gbt2260:130100); cityid "
               "search finds names");
}

struct ResolveCommand {
  std::string text;
  ResolverOptions asked;

  void Declare(Command& command) {
    command.Argument("ID", &text,
                     "Identifier, address of a code or a page, or alias, e.g. MA.156.1301, "
                     "https://id.example.cn/MA.156.1301 or gbt2260:130100");
    asked.Declare(command);
  }

  Result<int> Run() const;
  Result<RenderedAnswer> Answer(const std::string& cleaned) const;
  Result<RenderedAnswer> Checked(Checker& checker, const Resolver& resolver, Asked question,
                                 const std::optional<Alias>& alias) const;
};

/// Returns the answer that a proof gives. Whose alias it is says the resolver, and then the proof.
Result<RenderedAnswer> ResolveCommand::Checked(Checker& checker, const Resolver& resolver,
                                               Asked question,
                                               const std::optional<Alias>& alias) const {
  std::optional<CityId> holder;
  if (alias) {
    const auto said = Ask(resolver, question);
    if (!said) return said.error();
    const auto id = CityId::Parse(RemoteJson::Parse(said->json)["id"].Plain());
    if (!id) return Error{Errc::kNetwork, resolver.name() + " doesn't say whose alias it is"};
    holder = *id;
    question = {"/" + id->text(), Query{*id, {}, {}}};
  } else if (const auto* error = std::get_if<Error>(&question.query.subject)) {
    return NoCode(*error);
  }
  const auto document = checker.Fetch(resolver.name(), question.target.substr(1));
  if (!document) return document.error();
  const auto checked = checker.Check(*document, question.query, resolver.name());
  if (!checked) return checked.error();
  if (!alias) return RenderedAnswer::Of(*checked);
  const auto has = checker.HasAlias(*document, *holder, alias->scheme, alias->value);
  if (!has) return has.error();
  if (*has) return RenderedAnswer::Of(*checked);
  return Error{Errc::kNetwork, resolver.name() + " says that " + holder->text() + " has the " +
                                   alias->scheme + " code " + alias->value +
                                   ", and its proof doesn't"};
}

/// Errors: kUsage; those of asking and checking.
Result<RenderedAnswer> ResolveCommand::Answer(const std::string& cleaned) const {
  const auto resolver = asked.Open();
  if (!resolver) return resolver.error();
  auto checker = asked.OpenChecker();
  if (!checker) return checker.error();
  const auto alias = ReadAlias(cleaned);
  const auto question =
      alias ? Result<Asked>(Asked{"/alias/" + alias->scheme + "/" + EncodeField(alias->value), {}})
            : ReadAsked(cleaned);
  if (!question && question.error().code == Errc::kUsage) return question.error();
  if (!question) return NoCode(question.error());
  return *checker ? Checked(**checker, *resolver, *question, alias) : Ask(*resolver, *question);
}

Result<int> ResolveCommand::Run() const {
  const std::string cleaned = WithoutSurroundings(text);
  const auto answer = Answer(cleaned);
  if (!answer) return asked.Unproven(answer.error());
  if (cleaned != text) Say("cityid: read as " + Printable(cleaned));
  const int status = PrintAnswer(*answer, asked.json);
  if (answer->unchecked) asked.SayUnchecked();
  return status;
}

}  // namespace

void AddResolve(Command& top) {
  top.Add("resolve", "Say what the ledger has of an identifier, a code or an alias",
          ResolveCommand());
}

}  // namespace cityid::cli
