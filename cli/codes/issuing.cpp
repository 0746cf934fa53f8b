#include "cli/codes/issuing.h"

#include <cstdio>

#include "cli/checking/answer_text.h"
#include "cli/console/remote_json.h"
#include "cli/console/streams.h"
#include "codec/files/key_file.h"

namespace cityid::cli {

Result<SignedCode> SignUrl(const CodeClaims& claims, const SecretKey& key,
                           const std::string& host) {
  auto code = SignCode(claims, key);
  if (!code) return code.error();
  auto url = WriteCodeUrl(host, *code);
  if (!url) return url.error();
  return SignedCode{*std::move(code), *std::move(url)};
}

void IssuingOptions::Declare(Command& command) {
  command.Required("--key", &key, "Key file of the identifier or of a level above");
  command.Required("--host", &host, "Host of the resolver, e.g. id.example.cn");
  command.Option("--days", &days, "Valid so many days; 0: no end");
  command.Option("--ledger", &ledger,
                 "Take the names from this ledger, and say whether it accepts the code");
  command.Option("--resolver", &resolver,
                 "Take the names from this resolver, and say whether it accepts the code");
  command.Exclude("--resolver", "--ledger");
  command.Option("--passphrase-file", &passphrase.file,
                 "Take the passphrase from this file's first line");
}

Result<std::optional<Resolver>> IssuingOptions::WhomToAsk() const {
  if (ledger.empty() && resolver.empty()) return std::optional<Resolver>();
  auto whom = ledger.empty() ? Resolver::At(resolver) : Resolver::OfLedger(ledger);
  if (!whom) return whom.error();
  return std::optional(*std::move(whom));
}

Result<SignedCode> IssuingOptions::Sign(CodeClaims& claims, const SecretKey& signer) const {
  const auto serial = TakeSerials(key, 1);
  if (!serial) return serial.error();
  claims.serial = *serial;
  return SignUrl(claims, signer, host);
}

Result<std::optional<RenderedAnswer>> AskAbout(const std::optional<Resolver>& whom,
                                               const std::string& url) {
  if (!whom) return std::optional<RenderedAnswer>();
  auto answer = Ask(*whom, AboutScanned(*ParseScanned(AsBytes(url))));
  if (!answer) return answer.error();
  return std::optional(*std::move(answer));
}

NameList NamesIn(const std::optional<RenderedAnswer>& answer) {
  NameList names;
  if (!answer) return names;
  const RemoteJson json = RemoteJson::Parse(answer->json);
  const RemoteJson& found = json["names"];
  for (std::size_t i = 0; i < found.names().size(); ++i)
    names.emplace_back(found.names()[i], found.items()[i].Plain());
  return names;
}

void WarnUnlessAccepted(const std::optional<RenderedAnswer>& answer) {
  if (!answer) {
    Say("not checked: --ledger DIR or --resolver URL says whether the ledger accepts this key");
  } else if (answer->verdict != Verdict::kValid) {
    std::fprintf(stderr, "warning: nobody accepts this code yet: %s\n%s",
                 std::string(Name(answer->verdict)).c_str(),
                 AnswerText(answer->verdict, answer->json).c_str());
  }
}

}  // namespace cityid::cli
