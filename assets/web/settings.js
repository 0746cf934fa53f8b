// The parts of the page about packs, and about whose keys count.
import { button, element, fileButton } from './element.js';
import { isTooOld, suggestions } from './packs.js';
import { shownPack } from './shown.js';
import { chosenText, words } from './words.js';

const kMostTrust = 64 * 1024;

/// Returns the part for packs, and a function that shows it anew.
export function packsPart(packs, say) {
  const field = element('input', { id: 'prefix', type: 'search', maxlength: '100',
    required: true });
  const find = button(words('find'), () => {}, { type: 'submit' });
  const found = element('ul', { id: 'found' });
  const list = element('ul', { id: 'packs' });
  const form = element('form', { id: 'find', role: 'search' },
    element('label', { for: 'prefix' }, words('pack_label')), field, find);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const results = await suggestions(field.value).catch(() => []);
    say(results.length ? '' : words('nothing_found'));
    found.replaceChildren(...results.map(offer));
  });
  show();
  const part = element('section', { 'aria-labelledby': 'packs-title' },
    element('h2', { id: 'packs-title' }, words('packs')),
    element('p', {}, words('packs_about')), form, found, list);
  return { part, show };

  function show() {
    found.hidden = found.childElementCount === 0;
    list.replaceChildren(...packs.list.map((pack) => shownPack(pack, isTooOld(pack), async () => {
      await packs.remove(pack.prefix);
      show();
      field.focus();
    })));
    list.hidden = packs.list.length === 0;
  }

  /// A button that keeps what was found.
  function offer({ prefix, names }) {
    const { tag, text } = chosenText(names);
    const keep = button(words('keep', { pack: prefix }), async () => {
      say(words('checking'));
      try {
        await packs.keep(prefix);
        found.replaceChildren();
        say('');
      } catch (error) {
        say(words(error.why ?? 'pack_failed', { pack: prefix, why: error.message }));
      }
      show();
    });
    found.hidden = false;
    const name = text ? [element('bdi', { lang: tag }, text)] : [];
    return element('li', { class: 'pack' }, keep, ...name);
  }
}

/// Returns the part that shows the trust file, and takes another.
export function keysPart(ledger, say) {
  const about = element('p');
  const text = element('pre', { dir: 'ltr', tabindex: '0' });
  const choose = fileButton(words('choose_keys'), async (file) => {
    try {
      await ledger.choose(file.size > kMostTrust ? '' : await file.text());
      say('');
    } catch (error) {
      say(words('keys_refused', { why: error.message }));
    }
    show();
  }, { id: 'trust' });
  show();
  return element('details', { id: 'keys' },
    element('summary', {}, words('keys')), about, text, choose);

  function show() {
    const came = ledger.chosen ? 'keys_chosen' : 'keys_about';
    about.textContent = words(ledger.trust ? came : 'no_keys');
    text.textContent = ledger.trust ?? '';
    text.hidden = !ledger.trust;
  }
}
