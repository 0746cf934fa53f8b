#include "cli/serving/publish.h"

#include <memory>

#include "cli/console/key_files.h"
#include "ledger/consortium/confirmation.h"
#include "resolver/remote/http_witness.h"

namespace cityid::cli {

Registry::Publish PublishWith(std::shared_ptr<Publisher> publisher) {
  return [publisher = std::move(publisher)](const LedgerView& before, const Batch& after,
                                            std::chrono::sys_seconds now) {
    return publisher->Publish(before, after, now);
  };
}

Result<std::vector<std::unique_ptr<Cosigner>>> AskWitnesses(
    const std::vector<std::string>& addresses) {
  std::vector<std::unique_ptr<Cosigner>> cosigners;
  for (const std::string& address : addresses) {
    const auto prefix = PeerUrl::Parse(address);
    if (!prefix) return prefix.error().In("witness");
    cosigners.push_back(std::make_unique<HttpWitness>(*prefix));
  }
  return cosigners;
}

Result<Signing> SignWith(const PublishOptions& options, const std::string& ledger,
                         Replica& replica) {
  if (options.log_keys.empty()) {
    if (options.witness_keys.empty() && options.witnesses.empty()) return Signing();
    return Error{Errc::kUsage,
                 "--witness-key needs --log-key: a witness cosigns what a log signed"};
  }
  auto cosigners = AskWitnesses(options.witnesses);
  if (!cosigners) return cosigners.error();
  auto log = OpenKeys(options.log_keys, options.passphrase);
  if (!log) return log.error();
  auto witnesses = OpenKeys(options.witness_keys, options.passphrase);
  if (!witnesses) return witnesses.error();
  auto journal = Journal::Open(Journal::FileOf(ledger, options.journal));
  if (!journal) return journal.error();
  PublisherParts parts;
  parts.log_keys = *std::move(log);
  parts.witness_keys = *std::move(witnesses);
  parts.cosigners = *std::move(cosigners);
  parts.journal = *std::move(journal);
  const auto publisher = std::make_shared<Publisher>(std::move(parts));
  const auto confirmation = std::make_shared<Confirmation>(replica, *publisher, options.without);
  return Signing{PublishWith(publisher), [publisher, confirmation](const std::stop_token& stop) {
                   return confirmation->Step(stop);
                 }};
}

}  // namespace cityid::cli
