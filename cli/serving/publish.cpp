#include "cli/serving/publish.h"

#include <memory>

#include "cli/records/deliver.h"
#include "resolver/remote/http_witness.h"

namespace cityid::cli {

Registry::Publish PublishWith(PublisherParts parts) {
  return [publisher = std::make_shared<Publisher>(std::move(parts))](
             const LedgerView& before, const Batch& after, std::chrono::sys_seconds now) {
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

Result<Registry::Publish> PublishWith(const PublishOptions& options) {
  if (options.log_keys.empty()) {
    if (options.witness_keys.empty() && options.witnesses.empty()) return Registry::Publish();
    return Error{Errc::kUsage,
                 "--witness-key needs --log-key: a witness cosigns what a log signed"};
  }
  auto cosigners = AskWitnesses(options.witnesses);
  if (!cosigners) return cosigners.error();
  auto log = OpenKeys(options.log_keys, options.passphrase);
  if (!log) return log.error();
  auto witnesses = OpenKeys(options.witness_keys, options.passphrase);
  if (!witnesses) return witnesses.error();
  PublisherParts parts;
  parts.log_keys = *std::move(log);
  parts.witness_keys = *std::move(witnesses);
  parts.cosigners = *std::move(cosigners);
  return PublishWith(std::move(parts));
}

}  // namespace cityid::cli
