// cityid trust new | update
#include "cli/checking/trust.h"

#include <cstdio>

#include "cli/clock.h"
#include "cli/commands.h"
#include "codec/file.h"
#include "codec/time_text.h"
#include "resolver/remote/http_source.h"

namespace cityid::cli {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kMaxTrustFile = 64 * 1024;
constexpr std::size_t kMaxKeptHead = 1024;
constexpr std::string_view kConfirmed = "# confirmed ";
constexpr std::uint64_t kMaxLinks = 10'000;
/// Versions in a row that may never have been published.
constexpr std::uint64_t kMaxGap = 16;

bool IsUrl(const std::string& location) {
  return location.starts_with("http://") || location.starts_with("https://");
}

/// A trust file's place in the chain of policies.
struct Position {
  std::uint64_t version = 0;
  Trust trust;
};

/// The next policy after `version` that was published; nothing if that was the last.
Result<std::optional<Bytes>> NextProof(Source& source, std::uint64_t version) {
  for (std::uint64_t next = version + 1; next <= version + kMaxGap; ++next) {
    auto proof = source.PolicyProof(next);
    if (!proof || *proof) return proof;
  }
  return std::optional<Bytes>();
}

/// The version of the policy that the trust file is of.
Result<Position> FindPosition(Source& source, const Trust& trust) {
  for (std::uint64_t version = 0; version < kMaxLinks;) {
    const auto proof = NextProof(source, version);
    if (!proof) return proof.error();
    if (!*proof) break;
    const auto policy = ClaimedPolicy(**proof);
    if (!policy) return policy.error();
    const std::uint64_t found = policy->policy.version;
    if (Trust::Of(policy->origin, policy->policy) == trust) return Position{found, trust};
    if (found <= version) return Error{Errc::kForged, "the policy proofs are in disorder"};
    version = found;
  }
  return Error{
      Errc::kRefused,
      "the trust file is of no policy of this log; get a new one by hand from an institute"};
}

/// One link: the first checkpoint under the next policy satisfies the old one and the new.
Result<void> Follow(Position& position, ByteView proof, sys_seconds now) {
  const auto proven = ProvenState::Open(proof, position.trust, now);
  const std::string where = "the policy after " + std::to_string(position.version);
  if (!proven) return proven.error().In(where);
  const auto policy = FindPolicy(*proven);
  if (!policy) return policy.error().In(where);
  if (!*policy || (*policy)->policy.version <= position.version) {
    return Error{Errc::kForged, where + ": the proof is of no later version"};
  }
  Trust next = Trust::Of((*policy)->origin, (*policy)->policy);
  const auto opened = next.Open(proven->checkpoint().note, now);
  if (!opened) return opened.error().In(where);
  position = {(*policy)->policy.version, std::move(next)};
  return {};
}

}  // namespace

Result<TrustFile> ReadTrustFile(const std::string& path) {
  const auto text = ReadFile(path, kMaxTrustFile);
  if (!text) return text.error();
  auto trust = Trust::Parse(AsText(*text));
  if (!trust) return trust.error().In(path);
  TrustFile file{*std::move(trust), {}};
  std::string_view rest = AsText(*text);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.starts_with(kConfirmed)) continue;
    const auto time = ParseTime(std::string(line.substr(kConfirmed.size())));
    if (!time) return time.error().In(path);
    file.confirmed = *time;
  }
  return file;
}

Result<void> WriteTrustFile(const std::string& path, const Trust& trust, std::uint64_t version,
                            sys_seconds confirmed) {
  const std::string text = "# policy " + std::to_string(version) + "\n" + std::string(kConfirmed) +
                           TimeText(confirmed) + "\n" + trust.text();
  return WriteFile(path, AsBytes(text));
}

Result<std::optional<KeptHead>> ReadKeptHead(const std::string& path) {
  if (path.empty()) return std::optional<KeptHead>();
  const auto text = ReadFile(path, kMaxKeptHead);
  if (!text && text.error().code == Errc::kNotFound) return std::optional<KeptHead>();
  if (!text) return text.error();
  auto kept = KeptHead::Parse(AsText(*text));
  if (!kept) return kept.error().In(path);
  return std::optional(*std::move(kept));
}

Result<void> KeepHead(const std::string& path, const Checkpoint& checkpoint) {
  if (path.empty()) return {};
  return WriteFile(path, AsBytes(checkpoint.text()));
}

Result<ProofSource> OpenSource(const std::string& location) {
  ProofSource opened;
  std::error_code error;
  if (IsUrl(location)) {
    opened.source = std::make_unique<HttpSource>(location);
  } else if (std::filesystem::exists(std::filesystem::path(location) / "data.mdb", error)) {
    auto replica = Replica::Open(location, Lmdb::Mode::kRead);
    if (!replica) return replica.error();
    opened.replica = std::make_unique<Replica>(*std::move(replica));
    auto view = opened.replica->Read();
    if (!view) return view.error();
    opened.view = std::make_unique<LedgerView>(*std::move(view));
    opened.source = std::make_unique<LedgerSource>(*opened.view);
  } else if (std::filesystem::is_directory(location, error)) {
    opened.source = std::make_unique<DirectorySource>(location);
  } else {
    return Error{Errc::kNotFound, location + " is neither a URL nor a directory"};
  }
  return opened;
}

Result<int> TrustNew(const TrustNewOptions& options) {
  const auto replica = Replica::Open(options.ledger, Lmdb::Mode::kRead);
  if (!replica) return replica.error();
  const auto view = replica->Read();
  if (!view) return view.error();
  const auto policy = FindPolicy(*view);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kCorrupt, "ledger: it has no policy"};
  const Trust trust = Trust::Of((*policy)->origin, (*policy)->policy);
  const auto written =
      WriteTrustFile(options.output, trust, (*policy)->policy.version, view->head().time);
  if (!written) return written.error();
  std::fprintf(stderr, "wrote %s: policy %llu of %s\n", options.output.c_str(),
               static_cast<unsigned long long>((*policy)->policy.version),
               (*policy)->origin.c_str());
  return 0;
}

Result<int> TrustUpdate(const TrustUpdateOptions& options, sys_seconds now) {
  const auto file = ReadTrustFile(options.trust);
  if (!file) return file.error();
  const auto age = file->confirmed ? now - *file->confirmed : std::chrono::seconds::max();
  if (age > std::chrono::days(options.max_age)) {
    return Error{Errc::kRefused,
                 options.trust +
                     (file->confirmed ? " was last confirmed at " + TimeText(*file->confirmed)
                                      : std::string(" doesn't say when it was "
                                                    "confirmed")) +
                     "; keys that old may have been stolen since, so get a new file by hand from "
                     "an institute"};
  }
  auto opened = OpenSource(options.from);
  if (!opened) return opened.error();
  Source& source = *opened->source;
  auto position = FindPosition(source, file->trust);
  if (!position) return position.error();
  const std::uint64_t before = position->version;
  while (position->version < kMaxLinks) {
    const auto proof = NextProof(source, position->version);
    if (!proof) return proof.error();
    if (!*proof) break;
    if (const auto followed = Follow(*position, **proof, now); !followed) return followed.error();
  }
  const auto note = source.Note();
  if (!note) return note.error();
  if (!*note) return Error{Errc::kNotFound, source.name() + " publishes no checkpoint"};
  const auto newest = position->trust.Open(**note, now);
  if (!newest) return newest.error().In(source.name());
  if (newest->time < *file->confirmed) {
    return Error{Errc::kRefused, source.name() + " has a checkpoint of " + TimeText(newest->time) +
                                     ", older than what confirmed the file; ask another"};
  }
  const std::string& output = options.output.empty() ? options.trust : options.output;
  const auto written = WriteTrustFile(output, position->trust, position->version, newest->time);
  if (!written) return written.error();
  std::printf("policy %llu", static_cast<unsigned long long>(position->version));
  if (position->version != before)
    std::printf(" (was %llu)", static_cast<unsigned long long>(before));
  std::printf(", confirmed %s\n", TimeText(newest->time).c_str());
  return 0;
}

}  // namespace cityid::cli
