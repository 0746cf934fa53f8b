// The scanner: reads codes on this device and judges them on it. If it can't start, the page stays
// the form that it is without it.
import { Calls } from './calls.js';
import { element } from './element.js';
import { openKept } from './kept.js';
import { keepPage } from './keep_page.js';
import { Ledger, Trouble } from './ledger.js';
import { within } from './network.js';
import { Packs } from './packs.js';
import { codeText, questionOf } from './pasted.js';
import { scanPart } from './scan.js';
import { kMostBytes, shownFile } from './sealed.js';
import { keysPart, packsPart } from './settings.js';
import { shownAnswer, shownDoubt, shownSeveral, viewOf } from './shown.js';
import { timeWords, words } from './words.js';

const kProgram = document.getElementById('program');
const kSettings = document.getElementById('settings');
const kByServer = document.getElementById('by-server');
const kField = document.getElementById('code');
const kHour = 3600 * 1000;
const kUntilHeard = 100;  // milliseconds until a new place is one whose changes are read out

const judge = new Calls('judge.worker.js', { type: 'module' });
const reader = new Calls('reader.worker.js');
const says = element('p', { role: 'status', id: 'says' });
const result = element('section', { id: 'result', 'aria-label': words('result') });
let ledger;
let packs;
let opened;  // settled when what is kept is open
let scan;
let asked = 0;  // so that only the last question is answered

start().catch((error) => {
  console.error(error);
  askServer();
});

async function start() {
  await judge.started;
  const kept = await openKept();
  ledger = new Ledger(judge, kept);
  packs = new Packs(ledger, judge, kept);
  const packsShown = packsPart(packs);
  const keysShown = keysPart(ledger);
  ledger.changed = async () => {
    await packs.begin();
    packsShown.show();
    keysShown.show();
  };
  opened = ledger.begin().catch((error) => console.error(error));
  scan = scanPart(reader, { say, clear, judgeAll, judgeFile });
  // A place whose changes are read out has to be there before them.
  const newer = element('p', { role: 'status', id: 'newer' });
  const keeps = element('p', { role: 'status', id: 'keeps', class: 'warn' });
  kProgram.append(newer, element('p', { class: 'intro' }, words('about')), scan.stage, says, result,
    scan.tools);
  kSettings.append(keeps, packsShown.part, keysShown.part);
  const warn = () => { keeps.textContent = words(kept.lasts ? 'page_not_kept' : 'nothing_kept'); };
  kept.lost = warn;
  kByServer.hidden = true;
  kProgram.hidden = kSettings.hidden = false;
  document.querySelector('form[enctype]')?.remove();  // what is sent to the server, if nothing else can be done
  kField.form.addEventListener('submit', (event) => {
    event.preventDefault();
    judgePasted(kField.value);
  });
  if (!kept.lasts) warn();
  keepPage((...notice) => newer.replaceChildren(...notice), warn);
  const refresh = async () => {
    await opened;
    if (!navigator.onLine) return;
    await ledger.refresh();
    if (await packs.refresh()) packsShown.show();
  };
  const tryToRefresh = () => refresh().catch((error) => console.error(error));
  addEventListener('online', tryToRefresh);
  setInterval(tryToRefresh, kHour);
  await tryToRefresh();
}

/// Nothing can be judged here: the form asks the server, and what the camera reads goes into it.
function askServer() {
  const judgeAll = ([{ bytes }]) => {
    const text = new TextDecoder().decode(bytes);
    if (!/^[ -~]+$/.test(text)) return say(words('failed'));  // it can't be pasted
    kField.value = text;
    kField.form.requestSubmit();
  };
  const judgeFile = () => say(words('no_checker'));
  const { stage, tools } = scanPart(reader, { say, clear, judgeAll, judgeFile });
  kProgram.replaceChildren(stage, says, tools);
  kSettings.hidden = true;
  kByServer.textContent = '';
  kByServer.className = 'warn';
  kByServer.setAttribute('role', 'status');
  kByServer.hidden = kProgram.hidden = false;
  setTimeout(() => { kByServer.textContent = words('no_checker'); }, kUntilHeard);
}

function say(text) {
  says.textContent = text;
}

/// Takes away what is shown. Returns a function that says whether nothing else was asked since.
function clear() {
  const mine = ++asked;
  result.replaceChildren();
  scan?.again(false);
  return () => mine === asked;
}

/// Judges the form's text here instead of on the server.
function judgePasted(value) {
  scan.rest();
  const began = performance.now();
  const text = codeText(value);
  show(async (signal) => {
    const { id, scanned } = questionOf(text);
    const parts = id ? await judged(encodeURIComponent(id), { id }, began, signal)
      : await judgedCode(scanned, began, signal);
    if (text !== value.trim()) {
      parts.querySelector('.how').before(element('p', { class: 'note' }, `${words('judged')} `,
        element('code', { dir: 'ltr' }, text)));
    }
    return [parts];
  });
}

/// Judges a document by its seals.
function judgeFile(file) {
  scan.rest();
  if (file.size > kMostBytes) {
    clear();
    return say(words('file_too_large'));
  }
  const began = performance.now();
  return show(async (signal) => {
    const found = await judge.call('seals', new Uint8Array(await file.arrayBuffer()));
    if (found.error) return [shownDoubt('failed', found.detail)];
    const judged = await Promise.all(found.seals.map(({ url = '' }) =>
      judgedCode(new TextEncoder().encode(url), began, signal)));
    return [shownFile(found, judged)];
  });
}

/// Judges each code that was found in a picture.
function judgeAll(codes, picture, began) {
  return show(async (signal) => {
    const judgements = codes.map(({ bytes }) => judgedCode(bytes, began, signal));
    if (codes.length === 1) return judgements;
    const parts = await Promise.all(judgements);
    return shownSeveral(parts.map((each, i) =>
      ({ parts: each, view: viewOf(picture, codes[i].box) })));
  });
}

/// Returns what a code comes to, as it is shown; a proof is waited for until `signal`.
async function judgedCode(scanned, began, signal) {
  const { path, error, detail } = await judge.call('about', scanned);
  if (path) return judged(path, { scanned }, began, signal);
  const verdict = { unsupported: 'unsupported', malformed: 'malformed',
    'too-large': 'malformed' }[error];
  if (!verdict) return shownDoubt('failed', detail);
  return shownAnswer({ verdict }, { name: 'how_form' }, Math.round(performance.now() - began));
}

/// Answers a question with a proof from the host, or else with a pack.
async function judged(path, question, began, signal) {
  try {
    const { answer, pack } = await answered(path, question, signal);
    const { quorum } = ledger;
    const name = (pack ? 'how_pack' : 'how') + (quorum ? '' : '_file');
    const values = { ...quorum, pack, time: timeWords(answer.proof.cosigned) };
    return shownAnswer(answer, { name, values }, Math.round(performance.now() - began));
  } catch (error) {
    if (!(error instanceof Trouble)) console.error(error);
    return shownDoubt(error.why ?? 'failed', error.message);
  }
}

async function answered(path, question, signal) {
  const said = await ledger.askHost(path, question, signal);
  if (said && !said.error) return said;
  await ledger.told;  // packs under keys that count no more are closed
  const offline = await packs.ask(question);
  if (!offline.error) return offline;
  const failed = [said, offline].find((each) => each?.error === 'other');
  if (failed) throw new Trouble('failed', failed.detail);
  if (!said) throw new Trouble('not_reached');
  throw new Trouble('bad_proof', said.detail);
}

/// Shows what a question comes to, unless another one was asked meanwhile. `ask` gets the signal
/// until which it may wait for the host.
async function show(ask) {
  const isLast = clear();
  say(words('checking'));
  let parts;
  try {
    await opened;
    parts = await Promise.all(await ask(within()));
  } catch (error) {
    console.error(error);
    parts = [shownDoubt('failed', String(error))];
  }
  if (!isLast()) return;
  say('');
  result.replaceChildren(...parts);
  scan.again(true);
  const heading = result.querySelector('h2');
  result.scrollIntoView({ block: 'start' });
  heading.focus({ preventScroll: true });
}
