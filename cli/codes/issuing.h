// Signing one code: with which key, for which host, and who is asked whether the code is accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/checking/remote_answer.h"
#include "cli/checking/resolver.h"
#include "cli/console/command_line.h"
#include "cli/console/terminal.h"
#include "codec/city_code.h"
#include "codec/drawing/caption_texts.h"
#include "codec/ed25519.h"
#include "codec/result.h"

namespace cityid::cli {

/// A code that was signed, and the URL that carries it.
struct SignedCode {
  ClaimedCode code;
  std::string url;
};

/// Signs claims with the key whose hint they have. Errors: kUsage.
Result<SignedCode> SignUrl(const CodeClaims& claims, const SecretKey& key, const std::string& host);

/// The options of commands that sign a code.
struct IssuingOptions {
  std::string key, host;
  std::uint16_t days = 0;
  std::string ledger, resolver;
  PassphraseOptions passphrase;

  void Declare(Command& command);
  /// Opens the ledger or the resolver, if one is given. Errors: those of opening.
  Result<std::optional<Resolver>> WhomToAsk() const;
  /// Gives claims a serial and signs them. As late as possible: a serial is spent even if what
  /// follows fails. Errors: those of `TakeSerials` and `SignUrl`.
  Result<SignedCode> Sign(CodeClaims& claims, const SecretKey& signer) const;
};

/// Asks about a code, if there is somebody to ask. Errors: those of asking.
Result<std::optional<RenderedAnswer>> AskAbout(const std::optional<Resolver>& whom,
                                               const std::string& url);

/// Returns the names in an answer.
NameList NamesIn(const std::optional<RenderedAnswer>& answer);

/// Says on standard error if a code isn't known to be valid.
void WarnUnlessAccepted(const std::optional<RenderedAnswer>& answer);

}  // namespace cityid::cli
