#include "resolver/remote/http_source.h"

#include <algorithm>

#include "ledger/proof/proof.h"

namespace cityid {
namespace {

/// How long fetches may take beyond what they bring, in all: so that a source that gives a byte now
/// and then doesn't keep its reader from others.
constexpr std::chrono::milliseconds kPatience{15'000};
constexpr std::chrono::milliseconds kForAFile{1000};
constexpr std::chrono::milliseconds kForAKibibyte{30};

std::optional<Bytes> AsOwned(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return Bytes(text->begin(), text->end());
}

}  // namespace

Result<Fetched> HttpSource::Ask(const std::string& path, std::size_t limit,
                                const std::string& etag) {
  const auto begin = Clock::now();
  FetchLimits limits;
  limits.body = limit;
  auto fetched = Fetch(name(), "/" + path, "*/*", limits, etag);
  if (!fetched) return fetched;
  // Only the time in here counts, and what was fast makes up for what was slow.
  late_ += Clock::now() - begin - kForAFile - kForAKibibyte * (fetched->body.size() / 1024);
  late_ = std::max(late_, Clock::duration::zero());
  if (late_ > kPatience) {
    late_ = kPatience / 2;  // it may be the only one, and has to get somewhere
    return Error{Errc::kNetwork, name() + " is too slow"};
  }
  const int status = fetched->status;
  if (status == 200 || status == 404 || (status == 304 && !etag.empty())) return fetched;
  return Error{Errc::kNetwork, name() + "/" + path + " answered " + std::to_string(status)};
}

Result<std::optional<std::string>> HttpSource::Get(const std::string& path, std::size_t limit) {
  auto fetched = Ask(path, limit);
  if (!fetched) return fetched.error();
  if (fetched->status == 404) return std::optional<std::string>();
  return std::optional(std::move(fetched->body));
}

Result<std::optional<std::string>> HttpSource::Note() {
  auto fetched = Ask("checkpoint", kMaxNote, etag_);
  if (!fetched) return fetched.error();
  if (fetched->status == 404) return std::optional<std::string>();
  if (fetched->status == 304) return std::optional(note_);
  note_ = std::move(fetched->body);
  etag_ = std::move(fetched->etag);
  return std::optional(note_);
}

Result<std::optional<Bytes>> HttpSource::File(const LogFile& file) {
  const std::size_t limit = file.level ? kTileWidth * NodeHash::kSize : kMaxBundle;
  auto content = Get(file.path(), limit);
  if (!content) return content.error();
  if (*content || file.width == kTileWidth) return AsOwned(*content);
  // A partial file may have gone when the full one came.
  LogFile full = file;
  full.width = kTileWidth;
  content = Get(full.path(), limit);
  if (!content) return content.error();
  if (!*content) return std::optional<Bytes>();
  auto narrow = Narrow(file, AsBytes(**content));
  if (!narrow) return narrow.error();
  return std::optional(*std::move(narrow));
}

Result<std::optional<Bytes>> HttpSource::PolicyProof(std::uint64_t version) {
  const auto content = Get("policies/" + std::to_string(version), kMaxProof);
  if (!content) return content.error();
  return AsOwned(*content);
}

}  // namespace cityid
