#include "ledger/witness/cosigned_notes.h"

#include <algorithm>

#include "ledger/tlog/note.h"

namespace cityid {

bool CosignedNotes::IsCosigned(std::string_view bytes) const {
  const auto note = ParseNote(bytes);
  if (!note) return false;
  return std::ranges::any_of(note->signatures, [&](const NoteSignature& line) {
    const NoteKey key{line.name, NoteKeyType::kCosignature, witness_};
    return VerifyNoteSignature(note->text, line, key).ok();
  });
}

Result<std::optional<std::string>> CosignedNotes::Search(const LedgerView& view, TreeSize least) {
  std::optional<std::string> newest;
  const auto scanned =
      view.ScanNotesBack([&](TreeSize size, std::string_view note) -> Result<bool> {
        if (size < least) return false;
        if (!IsCosigned(note)) return true;
        newest = note;
        found_ = size;
        return false;
      });
  if (!scanned) return scanned.error();
  return newest;
}

Result<std::optional<std::string>> CosignedNotes::Newest() {
  const std::scoped_lock lock(mutex_);
  const auto view = replica_.Read();
  if (!view) return view.error();
  auto newest = Search(*view, looked_);
  if (!newest || *newest) {
    if (newest) looked_ = view->head().size;
    return newest;
  }
  looked_ = view->head().size;
  if (!found_) return newest;
  const auto before = view->Note(*found_);
  if (!before) return before.error();
  if (*before && IsCosigned(**before)) return before;
  // A note of that size without the line has taken its place.
  found_.reset();
  return Search(*view, TreeSize{0});
}

}  // namespace cityid
