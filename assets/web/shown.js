// Shows an answer as the pages of the resolver do: the verdict first, then what it is about.
import { button, element } from './element.js';
import { chosenText, language, term, timeWords, verdictWords, words } from './words.js';

const kIcons = { good: '✔', plain: 'ℹ', dim: '?', bad: '✖' };

/// Returns the coloured heading and the advice of an answer, and how it was checked.
/// `how`: {name, values} of a text.
export function shownAnswer(answer, how, milliseconds) {
  const { tone, title, advice } = verdictWords(answer.verdict);
  const parts = verdict(tone, title, advice, { 'data-verdict': answer.verdict,
    'data-milliseconds': milliseconds });
  if (how) parts.append(paragraph(words(how.name, how.values), 'how'));
  if (answer.ledger?.stale)
    parts.append(paragraph(`${words('stale')} ${timeWords(answer.ledger.time)}`, 'warn'));
  if (answer.names) parts.append(textElement('p', answer.names, 'name'));
  if (answer.id) parts.append(about(answer));
  for (const name of ['nearest', 'inactive', 'successor']) {
    if (answer[name] && answer[name] !== answer.id)
      parts.append(element('p', {}, `${words(name)} `, idLink(answer[name])));
  }
  if (answer.code) parts.append(...code(answer));
  if (answer.endpoints?.length) parts.append(...endpoints(answer.endpoints));
  return parts;
}

/// Returns what is shown if nobody can tell.
export function shownDoubt(why, detail) {
  const { tone, title } = verdictWords('ledger-stale');
  const parts = verdict(tone, title, words(why), { 'data-verdict': 'cant-tell', 'data-why': why });
  parts.append(paragraph(words('how_not'), 'how'));
  if (detail) parts.append(element('p', { class: 'note', lang: 'en', dir: 'ltr' }, detail));
  return parts;
}

function verdict(tone, title, advice, attributes) {
  return element('div', { class: 'verdict', ...attributes },
    element('h2', { class: tone, tabindex: '-1' },
      element('span', { class: 'i', 'aria-hidden': 'true' }, `${kIcons[tone]}\uFE0E`),
      element('span', {}, title)),
    paragraph(advice));
}

function about(answer) {
  const rows = element('dl');
  row(rows, words('identifier'), idLink(answer.id, answer.check && `${answer.id}-${answer.check}`));
  if (answer.status in { active: 1, suspended: 1, superseded: 1, withdrawn: 1 })
    row(rows, words('status'), words(answer.status));
  if (answer.level) row(rows, words('level'), term(answer.level));
  if (answer.ancestors?.length) {
    const above = answer.ancestors.flatMap(({ names }) => [textElement('bdi', names), ' · ']);
    row(rows, words('part_of'), ...above.slice(0, -1));
  }
  return rows;
}

function code({ verdict: name, code: claims }) {
  const rows = element('dl');
  row(rows, words('purpose'), words(claims.purpose));
  row(rows, words('signed_by'), idLink(claims.signedBy));
  row(rows, words('issued'), timeWords(claims.issued));
  row(rows, words('expires'), claims.expires ? timeWords(claims.expires) : words('no_end'));
  row(rows, words('serial'), String(claims.serial));
  if (claims.document) {
    const { type, number, date, sha256 } = claims.document;
    row(rows, words('document'), element('bdi', {}, type), ' ', element('bdi', {}, number));
    if (date) row(rows, words('date'), date);
    if (sha256) row(rows, 'SHA-256', codeElement(sha256));
  }
  // What a code says that isn't valid is no fact.
  const heading = words(name === 'valid' ? 'code' : 'code_claims');
  return [element('h3', {}, heading), rows];
}

function endpoints(listed) {
  const items = listed.filter(({ href }) => href).map(({ rel, href, encrypted, title }) => {
    const name = title ? textElement('bdi', title) : codeElement(href);
    return element('li', {}, `${term(rel)}: `,
      encrypted ? element('a', { href, rel: 'noopener noreferrer' }, name) : name);
  });
  return items.length ? [element('h3', {}, words('endpoints')), element('ul', {}, ...items)] : [];
}

function row(rows, name, ...values) {
  rows.append(element('dt', {}, name), element('dd', {}, ...values));
}

function paragraph(text, name) {
  return element('p', name ? { class: name } : {}, text);
}

function codeElement(text) {
  return element('code', { dir: 'ltr' }, text);
}

function textElement(name, texts, of_class) {
  const { tag, text } = chosenText(texts);
  const bdi = element('bdi', { lang: tag }, text);
  return name === 'bdi' ? bdi : element(name, { class: of_class }, bdi);
}

/// Returns a link to the page of an identifier on this host.
function idLink(id, text = id) {
  const href = `/${encodeURIComponent(id)}?lang=${language.slice(0, 2)}`;
  return element('a', { href, dir: 'ltr' }, codeElement(text));
}

/// Returns a line for a pack, with a button that removes it.
export function shownPack(pack, old, remove) {
  const values = { pack: pack.prefix, size: Math.ceil(pack.size / 1024),
    time: timeWords(pack.time) };
  return element('li', { class: 'pack', 'data-prefix': pack.prefix },
    element('span', {}, words('pack_line', values),
      ...(old ? [' ', element('span', { class: 'warn' }, `(${words('too_old')})`)] : [])),
    button(words('remove', { pack: pack.prefix }), remove));
}
