// Signed notes and what they carry here: checkpoints and cosignatures (C2SP signed-note,
// tlog-checkpoint, tlog-cosignature). Parsed strictly; kept as the text that was signed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// The first 4 bytes of SHA-256(name | 0A | type | key): with the name it says which key signed.
using NoteKeyId = FixedBytes<struct NoteKeyIdTag, 4>;

/// Signature types that are checked here. Lines of other types are carried and ignored.
enum class NoteKeyType : std::uint8_t { kEd25519 = 0x01, kCosignature = 0x04 };

/// A key that signs notes, under a name.
struct NoteKey {
  std::string name;
  NoteKeyType type = NoteKeyType::kEd25519;
  PublicKey key;

  NoteKeyId id() const;
  /// `name+id+base64(type | key)`.
  std::string vkey() const;
  /// The inverse of `vkey`. Errors: kMalformed; kUnsupported for another type.
  static Result<NoteKey> Parse(std::string_view vkey);
  friend bool operator==(const NoteKey&, const NoteKey&) = default;
};

/// One signature line, nothing verified.
struct NoteSignature {
  std::string name;
  NoteKeyId id;
  Bytes signature;  ///< what follows the id: 64 bytes for Ed25519, 72 for a cosignature
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

/// A parsed note, nothing verified.
struct Note {
  std::string text;  ///< what is signed, with its final newline
  std::vector<NoteSignature> signatures;
  friend bool operator==(const Note&, const Note&) = default;
};

inline constexpr std::size_t kMaxNote = 16 * 1024;     ///< bytes
inline constexpr std::size_t kMaxNoteSignatures = 16;  ///< as many as every verifier must accept

/// Errors: kMalformed for anything that `WriteNote` would write in another way, no signature, or
/// two lines of one name and id; kTooLarge over the two limits.
Result<Note> ParseNote(std::string_view bytes);
std::string WriteNote(const Note& note);

/// One line, with its newline, and the inverse for one or more lines. Errors: as `ParseNote`.
std::string WriteSignatureLine(const NoteSignature& signature);
Result<std::vector<NoteSignature>> ParseSignatureLines(std::string_view lines);

/// What a checkpoint says.
struct Checkpoint {
  std::string origin;
  TreeSize size;
  RootHash root;

  /// The text of a note, without extension lines.
  std::string text() const;
  /// The inverse; extension lines may follow. Errors: kMalformed.
  static Result<Checkpoint> Parse(std::string_view text);
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// The log's own signature on a note (type 0x01).
NoteSignature SignNote(std::string_view text, const std::string& name, const SecretKey& key);

/// A witness's statement (type 0x04) that at `time` this was the largest tree it had seen.
NoteSignature CosignNote(std::string_view text, const std::string& name, const SecretKey& key,
                         std::chrono::sys_seconds time);

/// True if the line is this key's by name and id, whether or not it verifies.
bool IsBy(const NoteSignature& signature, const NoteKey& key);

/// Checks a line that `IsBy(signature, key)`. The time of a cosignature; nothing of value for
/// type 0x01. Errors: kForged.
Result<std::chrono::sys_seconds> VerifyNoteSignature(std::string_view text,
                                                     const NoteSignature& signature,
                                                     const NoteKey& key);

}  // namespace cityid
