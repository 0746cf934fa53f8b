#include "cli/checking/checker.h"

#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/exit_status.h"
#include "cli/console/remote_json.h"
#include "resolver/http/client.h"

namespace cityid::cli {

Result<Bytes> FetchProof(const std::string& resolver, const std::string& about,
                         const std::optional<KeptHead>& kept) {
  std::string path = "/" + about;
  FetchLimits limits;
  if (PackPrefix(about)) {
    limits.body = kMaxPack;
    limits.total = std::chrono::minutes(2);
  } else {
    path += "/proof";
  }
  if (kept) path += "?since=" + std::to_string(kept->checkpoint.size.value);
  const auto fetched = Fetch(resolver, path, "*/*", limits);
  if (!fetched) return fetched.error();
  if (fetched->status != 200) {
    const RemoteJson problem = RemoteJson::Parse(fetched->body);
    const RemoteJson& detail = problem["detail"];
    return Error{Errc::kNetwork, resolver + path + " answered " + std::to_string(fetched->status) +
                                     (detail.IsText() ? ": " + detail.Plain() : "")};
  }
  Bytes document(fetched->body.begin(), fetched->body.end());
  const auto parsed = ParseProof(document);
  if (parsed && !PackPrefix(about) && PackPrefix(parsed->about))
    return Error{Errc::kForged, resolver + path + " answered a pack, not a proof"};
  return document;
}

Result<Checker> Checker::Open(const std::string& trust, const std::string& state,
                              const AgeLimits& limits) {
  auto trusted = ReadTrustFile(trust);
  if (!trusted) return trusted.error();
  auto kept = ReadKeptHead(state);
  if (!kept) return kept.error();
  return Checker(std::move(trusted->trust), *std::move(kept), state, limits);
}

Result<Bytes> Checker::Fetch(const std::string& resolver, const std::string& about) const {
  return FetchProof(resolver, about, kept_);
}

Result<CheckedAnswer> Checker::Check(ByteView document, const std::optional<Query>& query) {
  auto checked = CheckAnswer(document, query, trust_, limits_, Now(), kept_);
  if (!checked) return checked;
  kept_ = checked->keep;
  if (const auto saved = KeepHead(state_, *kept_); !saved) return saved.error();
  return checked;
}

Result<CheckedAnswer> Checker::Check(ByteView document, const Query& query,
                                     const std::string& from) {
  auto checked = Check(document, query);
  if (checked || checked.error().code == Errc::kNotFound) return checked;
  return NoEvidence(checked.error().In("no proof that holds comes from " + from));
}

Result<bool> Checker::HasAlias(ByteView document, const CityId& id, const std::string& scheme,
                               const std::string& value) const {
  const auto proven = ProvenState::Open(document, trust_, Now());
  if (!proven) return proven.error();
  const auto state = FindIdentifier(*proven, id);
  if (!state) return state.error();
  if (!*state) return false;
  const auto aliases = ReadAliases(*proven, **state);
  if (!aliases) return aliases.error();
  const auto found = aliases->find(scheme);
  return found != aliases->end() && found->second == value;
}

}  // namespace cityid::cli
