// Documents that carry a seal (docs/document-seal.md): whether the file is what was sealed, above
// what each seal's code is. The file never leaves the device.
import { element } from './element.js';
import { verdict } from './shown.js';
import { verdictWords, words } from './words.js';

export const kMostBytes = 256 << 20;

/// Returns true for a file that may carry a seal: a PDF, whose first line may come late.
export async function isDocument(file) {
  const start = new Uint8Array(await file.slice(0, 1024).arrayBuffer());
  return String.fromCharCode(...start).includes('%PDF-');
}

/// Returns a file as it is shown. `found`: what the checker found in it; `judged`: what the code of
/// each seal comes to, as it is shown.
export function shownFile({ seals, more, intact }, judged) {
  const verdicts = judged.map((each) => each.dataset.verdict);
  const [tone, title] = stateOf(seals, more, intact, verdicts);
  const parts = verdict(tone, words(title), words(adviceOf(seals, tone)), { 'data-file': title });
  // Whose the last seal is, is its word until its code is valid.
  const lastHolds = verdicts.at(-1) === 'valid';
  seals.forEach((seal, i) => {
    if (tone !== 'good') tellPlainly(judged[i].querySelector('h2'));
    parts.append(element('section', { class: 'seal', 'data-state': seal.state },
      ...stateLines(seal, lastHolds), judged[i]));
  });
  return parts;
}

/// Nothing below a file that isn't genuine looks as if it were.
function tellPlainly(heading) {
  if (heading.className !== 'good') return;
  heading.className = 'plain';
  heading.querySelector('.i').textContent = 'ℹ\uFE0E';
}

/// What was changed stands above every verdict.
function stateOf(seals, more, intact, verdicts) {
  const any = (state) => seals.some((seal) => seal.state === state && !seal.sealedAgain);
  if (any('changed')) return ['bad', 'file_changed'];
  if (verdicts.some(isBad)) return ['bad', 'file_bad'];
  if (any('added-to')) return ['bad', 'file_added'];
  if (more) return ['dim', 'file_unsure'];
  if (seals.length === 0) return ['dim', 'file_none'];
  return intact && verdicts.every((each) => each === 'valid') ? ['good', 'file_good']
    : ['dim', 'file_unsure'];
}

function isBad(name) {
  return name !== 'cant-tell' && verdictWords(name).tone === 'bad';
}

/// Returns the name of the text for the worst of the seals. That nothing was changed says nothing
/// under a code that isn't valid.
function adviceOf(seals, tone) {
  if (seals.length === 0) return 'no_seal';
  if (seals.some(({ state }) => state === 'changed')) return 'seal_changed';
  if (seals.some((seal) => seal.state === 'added-to' && !seal.sealedAgain)) return 'seal_added';
  return tone === 'good' ? 'seal_unchanged' : 'seal_code';
}

function stateLines({ state, why, sealed, added, looksSigned, sealedAgain }, lastHolds) {
  if (state === 'changed') return [element('p', { class: 'note', lang: 'en', dir: 'ltr' }, why)];
  if (state === 'unchanged') return [];
  const number = (count) => element('bdi', { dir: 'ltr' }, String(count));
  const lines = [element('p', { class: 'note' }, `${words('sealed_bytes')} `, number(sealed), ' · ',
    `${words('added_bytes')} `, number(added))];
  if (sealedAgain && lastHolds) lines.push(element('p', {}, words('seal_again')));
  if (looksSigned) lines.push(element('p', { class: 'note' }, words('looks_signed')));
  return lines;
}
