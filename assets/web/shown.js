// Shows an answer as the pages of the resolver do: the verdict first, then what it is about.
import { button, element } from './element.js';
import { chosenText, facts, language, term, timeWords, verdictWords, words } from './words.js';

const kIcons = { good: '✔', plain: 'ℹ', dim: '?', bad: '✖' };

/// Returns an answer: the coloured heading and the advice, how it was checked, and what it is
/// about. `how`: {name, values} of a text; `milliseconds`: how long it took.
export function shownAnswer(answer, how, milliseconds) {
  const { tone, title, advice } = verdictWords(answer.verdict);
  const parts = verdict(tone, title, advice, { 'data-verdict': answer.verdict,
    'data-milliseconds': milliseconds });
  if (answer.ledger?.stale)
    parts.append(paragraph(`${words('stale')} ${timeWords(answer.ledger.time)}`, 'warn'));
  if (answer.detail)
    parts.append(element('p', { class: 'note', lang: 'en', dir: 'ltr' }, answer.detail));
  parts.append(paragraph(words(how.name, how.values), 'how'));
  // What is to be compared with a document comes first.
  const ofDocument = answer.code?.document;
  if (ofDocument) parts.append(...code(answer));
  if (answer.id) parts.append(...about(answer));
  for (const name of ['nearest', 'inactive', 'successor']) {
    if (answer[name] && answer[name] !== answer.id)
      parts.append(element('p', {}, `${words(name)} `, idLink(answer[name])));
  }
  if (answer.endedBy?.reason)
    parts.append(element('p', {}, `${words('reason')} `, element('bdi', {}, answer.endedBy.reason)));
  if (answer.code && !ofDocument) parts.append(...code(answer));
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

let count = 0;

/// Returns the coloured heading of a result and what it means.
export function verdict(tone, title, advice, attributes) {
  const id = `verdict-${++count}`;
  return element('div', { class: 'verdict', ...attributes },
    element('h2', { class: tone, tabindex: '-1', 'aria-describedby': id },
      element('span', { class: 'i', 'aria-hidden': 'true' }, `${kIcons[tone]}\uFE0E`),
      element('span', {}, title)),
    element('p', { id, class: 'advice' }, advice));
}

function about(answer) {
  const rows = element('dl');
  row(rows, words('identifier'), idLink(answer.id, answer.check && `${answer.id}-${answer.check}`));
  if (['active', 'suspended', 'superseded', 'withdrawn'].includes(answer.status))
    row(rows, words('status'), words(answer.status));
  if (answer.level) row(rows, words('level'), term(answer.level));
  if (answer.ancestors?.length) {
    const above = answer.ancestors.flatMap(({ id, names }) =>
      [idLink(id, textElement(names)), ' · ']);
    row(rows, words('part_of'), ...above.slice(0, -1));
  }
  if (answer.website) row(rows, words('website'), addressLink(answer.website));
  return [...names(answer.names ?? {}), rows];
}

/// The name in the page's language, large, and below it the others.
function names(texts) {
  const { tag } = chosenText(texts);
  if (!tag) return [];
  const others = Object.keys(texts).filter((each) => each !== tag)
    .flatMap((each) => [' · ', bdi(each, texts[each])]).slice(1);
  const own = element('p', { class: 'name' }, textElement(texts));
  return others.length ? [own, element('p', { class: 'note' }, ...others)] : [own];
}

/// Returns what shows a fact's value. `named`: the identifiers whose names are known.
function factElements(kind, value, named) {
  switch (kind) {
    case 'purpose': return [words(value)];
    case 'time': return [timeWords(value)];
    case 'hash': return [codeElement(value)];
    case 'identifier': {
      const { names: own } = named.find(({ id }) => id === value) ?? {};
      return [...(own ? [textElement(own), ' · '] : []), idLink(value)];
    }
    // A list of their own: what an office calls a fact is never taken for one of our rows.
    case 'labelled': {
      const list = element('dl', { class: 'facts' });
      for (const { label, value: text } of value)
        row(list, element('bdi', {}, label), element('bdi', {}, text));
      return [list];
    }
    default: return [element('bdi', {}, String(value))];
  }
}

function code({ verdict: name, code: claims, ancestors = [], id, names: own }) {
  const rows = element('dl');
  const named = [...ancestors, { id, names: own }];
  for (const { member, ofDocument, kind, name: title, absent } of facts) {
    const value = (ofDocument ? claims.document : claims)?.[member];
    if (value !== undefined) row(rows, title, ...factElements(kind, value, named));
    else if (absent) row(rows, title, absent);
  }
  // What a code says that isn't valid is no fact.
  const heading = words(name === 'valid' ? 'code' : 'code_claims');
  return [element('h3', {}, heading), rows];
}

function endpoints(listed) {
  const items = listed.map(({ rel, access, href, encrypted, title }) => {
    const address = href ? addressLink(href, title && textElement(title))
      : element('span', { class: 'warn' }, `(${words('private_address')})`);
    const unsafe = href && !encrypted
      ? [' ', element('span', { class: 'warn' }, `(${words('not_encrypted')})`)] : [];
    return element('li', {}, `${term(rel)} · ${words(access)}: `, address, ...unsafe);
  });
  return [element('h3', {}, words('endpoints')), element('ul', {}, ...items)];
}

/// Returns an address from a record. A person sees where it leads before following it.
function addressLink(href, name) {
  const address = codeElement(href);
  if (!href.startsWith('https://')) return name ? element('span', {}, name, ' ', address) : address;
  const link = element('a', { href, rel: 'noopener noreferrer' }, name ?? address);
  return name ? element('span', {}, link, element('br'), element('small', {}, address)) : link;
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

function bdi(tag, text) {
  return element('bdi', { lang: tag }, text);
}

function textElement(texts) {
  const { tag, text } = chosenText(texts);
  return bdi(tag, text);
}

/// Returns a link to the page of an identifier on this host.
function idLink(id, shown = id) {
  const href = `/${encodeURIComponent(id)}?lang=${language.slice(0, 2)}`;
  return element('a', { href, dir: 'ltr' }, shown);
}

/// Returns what is shown of several codes in one picture: each with its part of the picture, so
/// that it is seen which is which. A warning comes first: nobody may miss it below something
/// genuine.
export function shownSeveral(shown) {
  const heading = ({ parts }) => parts.querySelector('h2');
  const rank = (each) => ['bad', 'dim', 'plain', 'good'].indexOf(heading(each).className);
  return [...shown].sort((one, other) => rank(one) - rank(other)).map((each, i) => {
    const id = `which-${i}`;
    const text = words('which_code', { number: i + 1, count: shown.length });
    const advice = heading(each).getAttribute('aria-describedby');
    heading(each).setAttribute('aria-describedby', `${id} ${advice}`);
    return element('div', {}, element('p', { class: 'which' }, each.view,
      element('span', { id }, text)), each.parts);
  });
}

/// Returns a part of a picture, a little larger than a box.
export function viewOf(picture, { left, top, width, height }) {
  const margin = Math.max(width, height) / 4;
  const [x, y] = [left, top].map((each) => Math.max(0, Math.floor(each - margin)));
  const [right, bottom] = [Math.min(picture.width, left + width + margin),
    Math.min(picture.height, top + height + margin)];
  const view = element('canvas', { 'aria-hidden': 'true' });
  [view.width, view.height] = [right - x, bottom - y].map((each) => Math.max(1, Math.floor(each)));
  view.getContext('2d').putImageData(picture, -x, -y);
  return view;
}

/// Returns a line for a pack, with a button that removes it.
export function shownPack(pack, old, remove) {
  const values = { pack: pack.prefix, size: Math.ceil(pack.size / 1024),
    time: pack.time && timeWords(pack.time) };
  const text = words(pack.error ? 'pack_unusable' : 'pack_line', values);
  const warning = old ? [' ', element('span', { class: 'warn' }, `(${words('too_old')})`)] : [];
  return element('li', { class: 'pack', 'data-prefix': pack.prefix },
    element('span', { class: pack.error && 'warn' }, text, ...warning),
    button(words('remove', { pack: pack.prefix }), remove, { class: 'second' }));
}
