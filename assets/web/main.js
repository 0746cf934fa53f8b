// The scanner: reads codes on this device and judges them on it. If it can't start, the page stays
// the form that it is without it.
import { Calls } from './calls.js';
import { element } from './element.js';
import { openKept } from './kept.js';
import { keepPage } from './keep_page.js';
import { Ledger, Trouble, now } from './ledger.js';
import { Packs } from './packs.js';
import { scanPart } from './scan.js';
import { keysPart, packsPart } from './settings.js';
import { shownAnswer, shownDoubt } from './shown.js';
import { timeWords, words } from './words.js';

const kProgram = document.getElementById('program');
const kByServer = document.getElementById('by-server');
const kHour = 3600 * 1000;

const judge = new Calls('judge.worker.js', { type: 'module' });
const reader = new Calls('reader.worker.js');
const says = element('p', { role: 'status', id: 'says' });
const result = element('section', { id: 'result' });
let ledger;
let packs;

start().catch((error) => {
  console.error(error);
  kProgram.hidden = true;
  kByServer.hidden = false;
  kByServer.textContent = words('no_checker');
  kByServer.setAttribute('role', 'status');
});

async function start() {
  await judge.started;
  const kept = await openKept();
  ledger = new Ledger(judge, kept);
  await ledger.begin();
  packs = new Packs(ledger, judge, kept);
  if (ledger.trust) await packs.begin();
  const settings = packsPart(packs, say);
  kProgram.append(
    element('p', {}, words('about')), says, result, scanPart(reader, { say, clear, judgeFirst }),
    ...(kept.lasts ? [] : [element('p', { class: 'warn' }, words('nothing_kept'))]),
    settings.part, keysPart(ledger, say));
  kByServer.hidden = true;
  kProgram.hidden = false;
  judgePasted();
  keepPage((notice) => kProgram.prepend(notice));
  const refresh = async () => {
    if (!navigator.onLine) return;
    await ledger.refresh();
    if (await packs.refresh()) settings.show();
  };
  addEventListener('online', refresh);
  setInterval(refresh, kHour);
  await refresh().catch((error) => console.error(error));
}

function say(text) {
  says.textContent = text;
}

function clear() {
  result.replaceChildren();
}

/// Judges the form's text here instead of on the server.
function judgePasted() {
  const field = document.getElementById('code');
  field.form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = /https?:\/\/\S+/i.exec(field.value)?.[0] ?? field.value.trim();
    const began = performance.now();
    if (/^MA(\.[0-9A-Z]+)+(-..)?$/i.test(text))
      await shown(() => answered(encodeURIComponent(text), { id: text, now: now() }), began);
    else
      await judgeFirst([new TextEncoder().encode(text)], began);
  });
}

/// Judges the first of some codes that is one of ours; the first of all if none is.
async function judgeFirst(codes, began) {
  await shown(async () => {
    let first;
    for (const scanned of codes) {
      const about = await judge.call('about', scanned);
      if (about.path) return answered(about.path, { scanned, now: now() });
      first ??= about;
    }
    return { answer: { verdict: first.error === 'unsupported' ? 'unsupported' : 'malformed' } };
  }, began);
}

/// Answers a question with a proof from the host, or else with a pack.
async function answered(path, question) {
  let said = await ledger.askHost(path, question);
  if (!said || said.error) {
    const offline = await packs.ask(question);
    if (!offline.error) said = offline;
  }
  if (!said) throw new Trouble('not_reached');
  if (said.error) throw new Trouble('bad_proof', said.detail);
  const { answer, pack } = said;
  const values = { ...ledger.quorum, pack, time: timeWords(answer.proof.cosigned) };
  return { answer, how: { name: pack ? 'how_pack' : 'how', values } };
}

/// Shows what a question comes to. `began`: when the picture was taken.
async function shown(ask, began) {
  say(words('checking'));
  clear();
  let parts;
  try {
    const { answer, how } = await ask();
    parts = shownAnswer(answer, how, Math.round(performance.now() - began));
  } catch (error) {
    if (!(error instanceof Trouble)) console.error(error);
    parts = shownDoubt(error.why ?? 'no_checker', error.message);
  }
  say('');
  result.replaceChildren(parts);
  const heading = result.querySelector('h2');
  heading.scrollIntoView({ block: 'nearest' });
  heading.focus({ preventScroll: true });
}
