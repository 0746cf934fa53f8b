// The words of the page, as the server wrote them into it: one source for both.
const kWords = JSON.parse(document.getElementById('words').textContent);

export const language = kWords.language;

/// Returns a text of the page with the words in braces replaced. Between words that run from right
/// to left, what is put there moves nothing beside it.
export function words(name, values = {}) {
  const [start, end] = document.dir === 'rtl' ? ['\u2068', '\u2069'] : ['', ''];
  return kWords.texts[name].replace(/\{(\w+)\}/g, (_, key) => `${start}${values[key]}${end}`);
}

/// Returns tone, title and advice of a verdict.
export function verdictWords(verdict) {
  return kWords.verdicts[verdict] ?? kWords.verdicts.unsupported;
}

/// What a code may say, in the order in which people read it: {member, ofDocument, kind, name, absent}.
export const facts = kWords.facts;

/// Returns the words for a term of a record, such as a level; the term itself if there are none.
export function term(name) {
  return kWords.terms[name] ?? name;
}

/// Returns one of the texts of a record and its language tag: in the page's language if there is
/// one, else in English, else the first.
export function chosenText(texts) {
  const own = language.slice(0, 2);
  const tag = Object.keys(texts).find((each) => each.slice(0, 2) === own) ??
    ('en' in texts ? 'en' : Object.keys(texts)[0]);
  return { tag, text: texts[tag] ?? '' };
}

/// Returns a time as people read it here: today's without its date.
export function timeWords(text) {
  const time = new Date(text);
  const today = time.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language, {
    ...(today ? {} : { dateStyle: 'medium' }), timeStyle: 'short',
  }).format(time);
}
