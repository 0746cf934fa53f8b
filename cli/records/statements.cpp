// cityid withdraw | reject
#include <algorithm>
#include <cstdio>

#include "cli/console/terminal.h"
#include "cli/records/commands.h"
#include "cli/records/signing.h"
#include "cli/records/state_source.h"
#include "cli/records/waiting.h"
#include "ledger/record/statement.h"
#include "resolver/answer/json_text.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

Result<void> PostToRegistry(ByteView statement, const std::string& registry) {
  const auto posted =
      Post(registry, "/registry/statements", "application/cose", std::string(AsText(statement)));
  if (!posted) return posted.error();
  const RemoteJson reply = RemoteJson::Parse(posted->body);
  if (posted->status == 200) {
    std::printf("%s\n", Printable(reply["state"].Plain()).c_str());
    return {};
  }
  const Errc code =
      posted->status >= 500 || posted->status == 429 ? Errc::kNetwork : Errc::kRefused;
  return Error{code, registry + " refused it: " + Printable(reply["detail"].Plain())};
}

/// Ends an application that waits.
struct EndApplication {
  bool rejects;
  std::string id = {}, registry = {}, reason = {};
  std::vector<std::string> keys = {};
  SigningOptions signing = {};

  void Declare(Command& command) {
    command.Argument("ID", &id, "The application's id, as `applications` lists it");
    command.Required("--registry", &registry, "The registry where it waits");
    command.Required("--key", &keys,
                     rejects ? "Key file of an institute" : "Key file that signed it at first");
    if (rejects) command.Required("--reason", &reason, "For the applicant to read");
    signing.Declare(command);
  }

  Result<int> Run() const;
  Result<std::vector<RoleKey>> Roles(const Draft& draft) const;
  Result<bool> Show(const Draft& draft, const std::vector<RoleKey>& roles) const;
  StatementBody Body(const DraftId& draft) const {
    if (rejects) return Reject{draft, reason};
    return Withdraw{draft};
  }
};

/// Returns the keys in the role in which they speak: an institute's, or that of their signature.
Result<std::vector<RoleKey>> EndApplication::Roles(const Draft& draft) const {
  const auto files = FindKeyFiles(keys);
  if (!files) return files.error();
  const std::vector<Signer> signers = draft.signers();
  std::vector<RoleKey> roles;
  for (const KeyFile& file : *files) {
    const auto signer = std::ranges::find(signers, file.key, &Signer::key);
    if (!rejects && signer == signers.end())
      return Usage("key " + ShortKey(file.key) + " has not signed this application");
    roles.push_back({rejects ? Role::kInstitute : signer->role, file});
  }
  return roles;
}

/// Shows what will be signed, and asks. Returns false if --json asks only to see it.
Result<bool> EndApplication::Show(const Draft& draft, const std::vector<RoleKey>& roles) const {
  const RemoteState state(registry);
  const auto application = DraftJson(&state, draft, roles);
  if (!application) return application.error();
  const auto text = DraftText(&state, draft, roles);
  if (!text) return text.error();
  Shown shown{std::string(rejects ? "reject" : "withdraw") + " application " + id + "\n", {}};
  JsonText json(shown.json);
  json.BeginObject().Member("kind", Name(Body(draft.id())));
  if (rejects) {
    shown.text += "because: " + Printable(reason) + "\n";
    json.Member("reason", reason);
  }
  shown.text += *text;
  json.Name("application").Raw(*application).EndObject();
  return ShowAndAsk(shown, "Sign this?", signing);
}

Result<int> EndApplication::Run() const {
  if (!IsDraftId(id)) return Usage("an application is named by 64 hexadecimal digits");
  const auto draft = FetchDraft(registry, id);
  if (!draft) return draft.error();
  if (!draft->record().log) return Error{Errc::kRefused, "the application names no log"};
  const auto roles = Roles(*draft);
  if (!roles) return roles.error();
  const auto agreed = Show(*draft, *roles);
  if (!agreed) return agreed.error();
  if (!*agreed) return 0;
  const auto opened = OpenKeys(keys, signing.passphrase);
  if (!opened) return opened.error();
  std::vector<SigningKey> signers;
  for (std::size_t i = 0; i < opened->size(); ++i)
    signers.push_back({(*roles)[i].role, &(*opened)[i]});
  const auto statement =
      SignStatement({*draft->record().log, Body(draft->id())}, std::move(signers));
  if (!statement) return statement.error();
  if (const auto posted = PostToRegistry(*statement, registry); !posted) return posted.error();
  return 0;
}

}  // namespace

void AddStatements(Command& top) {
  top.Add("withdraw", "Take back an application that waits", EndApplication{false});
  top.Add("reject", "Refuse an application that waits, as an institute", EndApplication{true});
}

}  // namespace cityid::cli
