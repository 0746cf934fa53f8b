// The parts of the page about packs, and about whose keys count.
import { button, element, fileButton } from './element.js';
import { suggestions } from './packs.js';
import { shownPack } from './shown.js';
import { chosenText, words } from './words.js';

const kMostTrust = 64 * 1024;

/// Returns the part for packs, and a function that shows it anew.
export function packsPart(packs) {
  const field = element('input', { id: 'prefix', type: 'search', maxlength: '100',
    required: true });
  const find = button(words('find'), () => {}, { type: 'submit' });
  const found = element('ul', { id: 'found' });
  const list = element('ul', { id: 'packs' });
  const told = element('p', { role: 'status', id: 'packs-say' });
  const form = element('form', { id: 'find', role: 'search', 'aria-labelledby': 'packs-title' },
    element('label', { for: 'prefix' }, words('pack_label')), field, find);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    tried(async () => found.replaceChildren(...(await suggestions(field.value)).map(offer)));
  });
  show();
  const part = element('section', { 'aria-labelledby': 'packs-title' },
    element('h2', { id: 'packs-title' }, words('packs')),
    element('p', {}, words('packs_about')), list, form, told, found);
  return { part, show };

  function show() {
    const remove = async ({ prefix }) => {
      await packs.remove(prefix);
      show();
      field.focus();
    };
    list.replaceChildren(...packs.list.map((pack) =>
      shownPack(pack, packs.isTooOld(pack), () => remove(pack))));
    list.hidden = packs.list.length === 0;
    found.hidden = found.childElementCount === 0;
  }

  /// Does something that takes a while, and says what became of it.
  async function tried(work, values = {}) {
    told.textContent = words('fetching');
    try {
      await work();
      told.textContent = '';
    } catch (error) {
      if (!error.why) console.error(error);
      told.replaceChildren(...whatFailed(error, values));
    }
    show();
  }

  /// A button that keeps what was found.
  function offer({ prefix, names }) {
    const { tag, text } = chosenText(names);
    const keep = button(words('keep', { pack: prefix }), () => tried(async () => {
      await packs.keep(prefix);
      found.replaceChildren();
      field.value = '';
      told.textContent = '';
      field.focus();
    }, { pack: prefix }), { class: 'second' });
    const name = text ? [element('bdi', { lang: tag }, text)] : [];
    return element('li', { class: 'pack' }, ...name, keep);
  }
}

/// Returns what is said of an error: words of the page, and the detail, which is English.
function whatFailed({ why = 'failed', message }, values) {
  return [`${words(why, values)} `, element('span', { lang: 'en', dir: 'ltr' }, message)];
}

/// Returns the part that shows the trust file and takes another, and a function that shows it anew.
export function keysPart(ledger) {
  const about = element('p');
  const text = element('pre', { dir: 'ltr', tabindex: '0', 'aria-label': words('keys') });
  const told = element('p', { role: 'status', id: 'keys-say' });
  const choose = fileButton(words('choose_keys'), (file) => tried(async () =>
    ledger.choose(file.size > kMostTrust ? '' : await file.text())), { id: 'trust' });
  const fetch = button(words('keys_of_host'), () => tried(() => ledger.takeFromHost()),
    { class: 'second', id: 'host-keys' });
  const part = element('details', { id: 'keys' }, element('summary', {}, words('keys')),
    about, text, told, element('div', { class: 'tools' }, choose, fetch));
  show();
  return { part, show };

  async function tried(work) {
    told.textContent = '';
    try {
      await work();
    } catch (error) {
      if (!error.why) console.error(error);
      told.replaceChildren(...whatFailed(error));
    }
  }

  function show() {
    const came = ledger.chosen ? 'keys_chosen' : 'keys_about';
    about.textContent = words(ledger.trust ? came : 'no_keys');
    text.textContent = ledger.trust ?? '';
    text.hidden = !ledger.trust;
  }
}
