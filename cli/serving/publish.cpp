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

Result<Registry::Publish> PublishWith(const PublishOptions& options) {
  if (options.log_keys.empty()) {
    if (options.witness_keys.empty() && options.witnesses.empty()) return Registry::Publish();
    return Error{Errc::kUsage,
                 "--witness-key needs --log-key: a witness cosigns what a log signed"};
  }
  auto log = OpenKeys(options.log_keys, options.passphrase);
  if (!log) return log.error();
  auto witnesses = OpenKeys(options.witness_keys, options.passphrase);
  if (!witnesses) return witnesses.error();
  PublisherParts parts;
  parts.log_keys = *std::move(log);
  parts.witness_keys = *std::move(witnesses);
  for (const std::string& url : options.witnesses)
    parts.cosigners.push_back(std::make_unique<HttpWitness>(url));
  return PublishWith(std::move(parts));
}

}  // namespace cityid::cli
