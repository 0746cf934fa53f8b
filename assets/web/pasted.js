// What somebody pasted or typed: the text of a code, perhaps with something around it.

/// Returns the text of the code: the first web address, or all of it without blanks and marks that
/// nobody sees.
export function codeText(pasted) {
  const address = /https?:\/\/[!-~]+/i.exec(pasted)?.[0].replace(/[)\]}>"'.,;]+$/, '');
  return address ?? pasted.replace(/[\s\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g, '');
}

// docs/identifier.md 2, perhaps with check characters.
const kIdentifier = /^[0-9A-Z]{2,3}\.\d{3}(\.[0-9A-Z]{1,16}){1,8}(-[0-9A-Z]{2})?$/i;

/// Returns what is asked: an identifier as `id`, or a code as `scanned`, its bytes.
export function questionOf(text) {
  return kIdentifier.test(text) ? { id: text }
    : { scanned: new TextEncoder().encode(text) };
}
