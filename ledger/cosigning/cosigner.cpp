#include "ledger/cosigning/cosigner.h"

#include "codec/base64.h"
#include "codec/text.h"

namespace cityid {
namespace {

constexpr std::size_t kMaxConsistency = 63;

}  // namespace

void AddCosignatures(Note& note, const std::vector<Trust>& trusts, std::span<const SecretKey> keys,
                     std::chrono::sys_seconds now) {
  for (const Trust& trust : trusts) {
    for (const NoteKey& witness : trust.WitnessKeys()) {
      for (const SecretKey& key : keys) {
        if (key.public_key() == witness.key)
          AddSignature(note, CosignNote(note.text, witness.name, key, now));
      }
    }
  }
}

std::string WitnessReply::words() const {
  constexpr std::size_t kLongest = 200;
  std::string_view rest = body;
  std::string line(TakeUntil(rest, '\n').substr(0, kLongest));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) c = '?';
  }
  return std::to_string(status) + (line.empty() ? "" : " ") + line;
}

std::string CosignRequest::text() const {
  std::string text = "old " + std::to_string(old_size.value) + "\n";
  for (const NodeHash& hash : consistency) text += Base64(hash.view()) + "\n";
  return text + "\n" + note;
}

Result<CosignRequest> CosignRequest::Parse(std::string_view text) {
  const Error malformed{Errc::kMalformed, "add-checkpoint: the request is malformed"};
  if (text.size() > kMaxCosignRequest) return Error{Errc::kTooLarge, "add-checkpoint: too large"};
  auto line = TakeLine(text);
  if (!line || !line->starts_with("old ")) return malformed;
  const auto size = ParseDecimal(line->substr(4));
  if (!size) return malformed;
  CosignRequest request{TreeSize{*size}, {}, {}};
  for (line = TakeLine(text); line && !line->empty(); line = TakeLine(text)) {
    const auto bytes = FromBase64(*line);
    const auto hash = bytes ? NodeHash::From(*bytes) : std::nullopt;
    if (!hash || request.consistency.size() == kMaxConsistency) return malformed;
    request.consistency.push_back(*hash);
  }
  if (!line) return malformed;
  request.note = text;
  return request;
}

}  // namespace cityid
