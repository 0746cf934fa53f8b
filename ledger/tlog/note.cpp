#include "ledger/tlog/note.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/text.h"
#include "codec/time_text.h"

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::string_view kDash = "\u2014 ";
constexpr std::size_t kTimeSize = 8;

Error Malformed(const std::string& what) { return Error{Errc::kMalformed, "note: " + what}; }

Bytes KeyMaterial(NoteKeyType type, const PublicKey& key) {
  Bytes material = {static_cast<std::uint8_t>(type)};
  Append(material, key.view());
  return material;
}

/// Returns true for a key name that a note may have. Names in our policies are `IsKeyName`.
bool IsNoteName(std::string_view name) {
  return !name.empty() && IsUtf8(name) && std::ranges::none_of(name, [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '+';
  });
}

std::string CosignedMessage(std::string_view text, std::uint64_t time) {
  return "cosignature/v1\ntime " + std::to_string(time) + "\n" + std::string(text);
}

/// Returns true if one of the lines is by the same key as `line`.
bool HasLineOf(const std::vector<NoteSignature>& lines, const NoteSignature& line) {
  return std::ranges::any_of(lines, [&](const NoteSignature& other) {
    return other.name == line.name && other.id == line.id;
  });
}

Result<NoteSignature> ParseLine(std::string_view line) {
  if (line.size() > kMaxNoteLine)
    return Error{Errc::kTooLarge, "note: a signature line is larger than 8 KiB"};
  if (!line.starts_with(kDash)) return Malformed("a signature line does not begin with a dash");
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return Malformed("a signature line lacks its signature");
  const std::string_view name = line.substr(0, space);
  if (!IsNoteName(name)) return Malformed("a key name is empty or has characters it must not have");
  const auto bytes = FromBase64(line.substr(space + 1));
  if (!bytes || bytes->size() <= NoteKeyId::kSize) {
    return Malformed("a signature of " + std::string(name) + " is not canonical base 64");
  }
  const ByteView view(*bytes);
  return NoteSignature{std::string(name), *NoteKeyId::From(view.first(NoteKeyId::kSize)),
                       ToBytes(view.subspan(NoteKeyId::kSize))};
}

}  // namespace

NoteKeyId NoteKey::id() const {
  const Bytes material = KeyMaterial(type, key);
  const Sha256Hash hash = Sha256({AsBytes(name), AsBytes("\n"), material});
  return *NoteKeyId::From(hash.view().first(NoteKeyId::kSize));
}

std::string NoteKey::vkey() const {
  return name + "+" + Hex(id()) + "+" + Base64(KeyMaterial(type, key));
}

Result<NoteKey> NoteKey::Parse(std::string_view vkey) {
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
  if (second == std::string_view::npos) return Malformed("a key reads name+id+base64");
  const std::string_view name = vkey.substr(0, first);
  const auto material = FromBase64(vkey.substr(second + 1));
  if (!IsNoteName(name) || !material || material->empty()) {
    return Malformed("'" + std::string(name.substr(0, 80)) + "' has no readable key");
  }
  const std::uint8_t type = material->front();
  const std::string_view id = vkey.substr(first + 1, second - first - 1);
  const auto id_bytes = FromHex(id);
  if (!id_bytes || id_bytes->size() != NoteKeyId::kSize)
    return Malformed("the key of " + std::string(name) + " has no id of 8 digits");
  if (type != 0x01 && type != 0x04) {
    return Error{Errc::kUnsupported, "note: the key of " + std::string(name) + " has type " +
                                         std::to_string(type) + "; 1 and 4 are known"};
  }
  const auto key = PublicKey::From(ByteView(*material).subspan(1));
  if (!key) return Malformed("the key of " + std::string(name) + " does not have 32 bytes");
  NoteKey parsed{std::string(name), static_cast<NoteKeyType>(type), *key};
  if (id != Hex(parsed.id())) {
    return Malformed("the key of " + parsed.name + " does not have the id that stands before it");
  }
  return parsed;
}

std::string WriteSignatureLine(const NoteSignature& signature) {
  Bytes bytes = ToBytes(signature.id.view());
  Append(bytes, signature.signature);
  return std::string(kDash) + signature.name + " " + Base64(bytes) + "\n";
}

std::string WriteNote(const Note& note) {
  std::string bytes = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) bytes += WriteSignatureLine(signature);
  return bytes;
}

std::vector<NoteSignature> ReadableLines(std::string_view lines) {
  std::vector<NoteSignature> signatures;
  for (std::size_t looked = 0; looked < kMaxNoteLines; ++looked) {
    const auto line = TakeLine(lines);
    if (!line) break;
    auto signature = ParseLine(*line);
    if (signature) signatures.push_back(*std::move(signature));
  }
  return signatures;
}

Result<Note> ParseNote(std::string_view bytes) {
  if (bytes.size() > kMaxNote) return Error{Errc::kTooLarge, "note: larger than 64 KiB"};
  const bool control = std::ranges::any_of(
      bytes, [](char c) { return c != '\n' && static_cast<unsigned char>(c) < 0x20; });
  if (control || !IsUtf8(bytes)) return Malformed("it is no text in UTF-8");
  // The last empty line is the end of the text.
  const std::size_t end = bytes.rfind("\n\n");
  if (end == std::string_view::npos || end == 0) return Malformed("text or signatures are missing");
  Note note{std::string(bytes.substr(0, end + 1)), {}};
  std::string_view lines = bytes.substr(end + 2);
  if (lines.empty()) return Malformed("nobody signed");
  while (!lines.empty()) {
    const auto line = TakeLine(lines);
    if (!line) return Malformed("the last line has no end");
    auto signature = ParseLine(*line);
    if (!signature) return signature.error();
    if (note.signatures.size() == kMaxNoteLines)
      return Error{Errc::kTooLarge, "note: more than 64 signature lines"};
    note.signatures.push_back(*std::move(signature));
  }
  return note;
}

std::string Checkpoint::text() const {
  return origin + "\n" + std::to_string(size.value) + "\n" + Base64(root.view()) + "\n";
}

Result<Checkpoint> Checkpoint::Parse(std::string_view text) {
  const auto origin = TakeLine(text);
  const auto size_line = TakeLine(text);
  const auto root_line = TakeLine(text);
  if (!origin || origin->empty() || !size_line || !root_line) {
    return Malformed("a checkpoint has an origin, a size and a root");
  }
  const auto size = ParseDecimal(*size_line);
  if (!size) return Malformed("the checkpoint's size is no canonical number");
  const auto bytes = FromBase64(*root_line);
  const auto root = bytes ? RootHash::From(*bytes) : std::nullopt;
  if (!root) return Malformed("the checkpoint's root is not 32 bytes in base 64");
  while (!text.empty()) {
    const auto extension = TakeLine(text);
    if (!extension || extension->empty()) return Malformed("an empty line in a checkpoint");
  }
  return Checkpoint{std::string(*origin), TreeSize{*size}, *root};
}

NoteSignature SignNote(std::string_view text, const std::string& name, const SecretKey& key) {
  const NoteKey note_key{name, NoteKeyType::kEd25519, key.public_key()};
  const Signature signature = key.Sign(AsBytes(text));
  return {name, note_key.id(), ToBytes(signature.view())};
}

NoteSignature CosignNote(std::string_view text, const std::string& name, const SecretKey& key,
                         sys_seconds time) {
  const NoteKey note_key{name, NoteKeyType::kCosignature, key.public_key()};
  const auto stamp = SecondsOf(time);
  const Signature signature = key.Sign(AsBytes(CosignedMessage(text, stamp)));
  NoteSignature line{name, note_key.id(), {}};
  AppendBigEndian(line.signature, stamp);
  Append(line.signature, signature.view());
  return line;
}

void AddSignature(Note& note, NoteSignature signature) {
  if (!HasLineOf(note.signatures, signature)) note.signatures.push_back(std::move(signature));
}

bool IsBy(const NoteSignature& signature, const NoteKey& key) {
  return signature.name == key.name && signature.id == key.id();
}

Result<const NoteSignature*> FindLine(const Note& note, const NoteKey& key) {
  const NoteSignature* found = nullptr;
  for (const NoteSignature& line : note.signatures) {
    if (!IsBy(line, key)) continue;
    if (found != nullptr) return Malformed("two signatures of " + key.name);
    found = &line;
  }
  return found;
}

Result<sys_seconds> VerifyNoteSignature(std::string_view text, const NoteSignature& line,
                                        const NoteKey& key) {
  const Error forged{Errc::kForged, "note: the signature of " + line.name + " does not verify"};
  if (!IsBy(line, key)) return forged;
  ByteView bytes(line.signature);
  if (key.type == NoteKeyType::kEd25519) {
    const auto signature = Signature::From(bytes);
    if (!signature || !VerifySignature(key.key, AsBytes(text), *signature)) return forged;
    return sys_seconds{};
  }
  if (bytes.size() != kTimeSize + Signature::kSize) return forged;
  const std::uint64_t time = ReadBigEndian(bytes.first(kTimeSize));
  const auto signature = Signature::From(bytes.subspan(kTimeSize));
  // The time 0 means that there is none; over 2^63 - 1 is not allowed.
  if (time == 0 || time > INT64_MAX ||
      !VerifySignature(key.key, AsBytes(CosignedMessage(text, time)), *signature)) {
    return forged;
  }
  return TimeOf(time);
}

}  // namespace cityid
