// Signed notes, and what they carry here: checkpoints and cosignatures (C2SP signed-note,
// tlog-checkpoint, tlog-cosignature). Parsing is strict, and keeps the text that was signed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519.h"
#include "codec/result.h"
#include "ledger/tlog/merkle.h"

namespace cityid {

/// The first 4 bytes of SHA-256(name | 0A | type | key). Name and id together name a key.
using NoteKeyId = FixedBytes<struct NoteKeyIdTag, 4>;

/// The signature types that are verified here. Lines of other types are ignored.
enum class NoteKeyType : std::uint8_t { kEd25519 = 0x01, kCosignature = 0x04 };

/// A key that signs notes, under a name.
struct NoteKey {
  std::string name;
  NoteKeyType type = NoteKeyType::kEd25519;
  PublicKey key;

  NoteKeyId id() const;
  /// Writes the key as `name+id+base64(type | key)`.
  std::string vkey() const;
  /// Parses what `vkey` writes. Errors: kMalformed; kUnsupported for another type.
  static Result<NoteKey> Parse(std::string_view vkey);
  friend bool operator==(const NoteKey&, const NoteKey&) = default;
};

/// One signature line, not verified.
struct NoteSignature {
  std::string name;
  NoteKeyId id;
  Bytes signature;  ///< 64 bytes of Ed25519; 72 bytes of a cosignature, its time first
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

/// A parsed note, not verified.
struct Note {
  std::string text;  ///< the signed text, with its final newline
  std::vector<NoteSignature> signatures;
  friend bool operator==(const Note&, const Note&) = default;
};

// Limits of what is read (docs/adr/0011-note-lines.md).
inline constexpr std::size_t kMaxNote = 64 * 1024;  ///< bytes
inline constexpr std::size_t kMaxNoteLines = 64;    ///< signature lines
inline constexpr std::size_t kMaxNoteLine =
    8 * 1024;  ///< bytes of a signature line, without its end
/// The signatures that every verifier must accept (C2SP signed-note): no note is written with more,
/// and no policy asks for more.
inline constexpr std::size_t kMaxNoteSignatures = 16;

/// Parses a note. Errors: kMalformed for any other form than that of `WriteNote`, and for a note
/// without signatures; kTooLarge over the limits.
Result<Note> ParseNote(std::string_view bytes);
std::string WriteNote(const Note& note);

/// Writes one line, with its newline.
std::string WriteSignatureLine(const NoteSignature& signature);

/// Returns the signature lines that can be read, and skips the others: a line in a form that we
/// don't know must not hide the one beside it. Looks at no more than `kMaxNoteLines`.
std::vector<NoteSignature> ReadableLines(std::string_view lines);

/// A checkpoint: a log's origin, size and root.
struct Checkpoint {
  std::string origin;
  TreeSize size;
  RootHash root;

  /// Writes the text of a note, without extension lines.
  std::string text() const;
  /// Parses the text of a note; extension lines may follow. Errors: kMalformed.
  static Result<Checkpoint> Parse(std::string_view text);
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// Signs a note as a log does (type 0x01).
NoteSignature SignNote(std::string_view text, const std::string& name, const SecretKey& key);

/// Cosigns a note as a witness does (type 0x04): at `time` this was the largest tree it had seen.
NoteSignature CosignNote(std::string_view text, const std::string& name, const SecretKey& key,
                         std::chrono::sys_seconds time);

/// Adds a signature unless the note has one by the same name and id.
void AddSignature(Note& note, NoteSignature signature);

/// Returns true if a line names this key by name and id, whether or not it verifies.
bool IsBy(const NoteSignature& signature, const NoteKey& key);

/// Returns the line that names this key; null if none does. Errors: kMalformed if two do.
Result<const NoteSignature*> FindLine(const Note& note, const NoteKey& key);

/// Verifies that a line names this key and is signed by it. Returns the time of a cosignature; for
/// type 0x01 the result has no meaning. Errors: kForged.
Result<std::chrono::sys_seconds> VerifyNoteSignature(std::string_view text,
                                                     const NoteSignature& signature,
                                                     const NoteKey& key);

}  // namespace cityid
