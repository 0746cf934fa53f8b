// Whom a command asks: a resolver elsewhere, or a ledger on this machine by way of the same routes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/checking/checker.h"
#include "cli/console/command_line.h"
#include "codec/result.h"
#include "ledger/store/replica.h"
#include "resolver/http/client.h"

namespace cityid::cli {

/// A resolver that can be asked. Nothing that one elsewhere says is checked.
class Resolver {
 public:
  /// Returns the resolver at an address. Errors: kUsage.
  static Result<Resolver> At(const std::string& url);
  /// Opens the ledger in a directory. Errors: those of opening.
  static Result<Resolver> OfLedger(const std::string& directory);

  /// Gets a path with its query ("/search?q=x") as JSON, whatever its status is. Errors: those of
  /// `Fetch`; those of reading the ledger.
  Result<Fetched> Get(const std::string& target) const;

  /// Returns the address, or the directory.
  const std::string& name() const { return name_; }

  /// Returns the error for a reply that isn't what was asked for: kRefused if it says that there is
  /// no such identifier or alias, else kNetwork.
  Error Refusal(const Fetched& fetched) const;
  /// Returns the error for a reply as no resolver gives it: kNetwork.
  Error NoResolver(const Fetched& fetched) const;

 private:
  explicit Resolver(std::string name) : name_(std::move(name)) {}
  std::string name_;
  std::shared_ptr<const Replica> replica_;  // null for one elsewhere
};

/// The options of commands that ask: whom, and what checks the answers.
struct ResolverOptions {
  std::string ledger, resolver, trust, state;
  bool json = false;

  void Declare(Command& command);
  /// Opens the one that is named. Errors: kUsage unless it is one; those of opening.
  Result<Resolver> Open() const;
  /// Returns what checks the answers; nothing without --trust. Errors: those of opening.
  Result<std::optional<Checker>> OpenChecker() const;
  /// Returns the error of asking, and says whose word a *no* is. With --trust, a resolver's mere
  /// word is no answer: kNetwork.
  Error Unproven(const Error& error) const;
  /// Says on standard error that nothing was checked, if that is so.
  void SayUnchecked() const;
};

}  // namespace cityid::cli
