// The scanner: reads codes on this device and judges them on it. If it can't start, the page stays
// the form that it is without it.
import { Calls } from './calls.js';
import { element } from './element.js';
import { openKept } from './kept.js';
import { keepPage } from './keep_page.js';
import { Ledger, Trouble, now } from './ledger.js';
import { Packs } from './packs.js';
import { codeText, questionOf } from './pasted.js';
import { scanPart } from './scan.js';
import { keysPart, packsPart } from './settings.js';
import { shownAnswer, shownDoubt, shownSeveral, viewOf } from './shown.js';
import { timeWords, words } from './words.js';

const kProgram = document.getElementById('program');
const kSettings = document.getElementById('settings');
const kByServer = document.getElementById('by-server');
const kField = document.getElementById('code');
const kHour = 3600 * 1000;

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
  opened = ledger.begin().then(() => ledger.changed()).catch((error) => console.error(error));
  scan = scanPart(reader, { say, clear, judgeAll });
  kProgram.append(element('p', { class: 'intro' }, words('about')), scan.stage, says, result,
    scan.tools);
  if (!kept.lasts) kSettings.append(element('p', { class: 'warn' }, words('nothing_kept')));
  kSettings.append(packsShown.part, keysShown.part);
  kByServer.hidden = true;
  kProgram.hidden = kSettings.hidden = false;
  kField.form.addEventListener('submit', (event) => {
    event.preventDefault();
    judgePasted(kField.value);
  });
  keepPage((notice) => kProgram.prepend(notice));
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
  const { stage, tools } = scanPart(reader, { say, clear, judgeAll: ([{ bytes }]) => {
    const text = new TextDecoder().decode(bytes);
    if (!/^[ -~]+$/.test(text)) return say(words('failed'));  // it can't be pasted
    kField.value = text;
    kField.form.requestSubmit();
  } });
  kProgram.replaceChildren(stage, says, tools);
  kSettings.hidden = true;
  kByServer.hidden = kProgram.hidden = false;
  kByServer.textContent = words('no_checker');
  kByServer.className = 'warn';
  kByServer.setAttribute('role', 'status');
}

function say(text) {
  says.textContent = text;
}

function clear() {
  ++asked;
  result.replaceChildren();
  scan?.again(false);
}

/// Judges the form's text here instead of on the server.
function judgePasted(value) {
  scan.rest();
  const began = performance.now();
  const text = codeText(value);
  show(async () => {
    const { id, scanned } = questionOf(text);
    const parts = id ? await judged(encodeURIComponent(id), { id, now: now() }, began)
      : await judgedCode(scanned, began);
    if (text !== value.trim()) {
      parts.querySelector('.how').before(element('p', { class: 'note' }, `${words('judged')} `,
        element('code', { dir: 'ltr' }, text)));
    }
    return [parts];
  });
}

/// Judges each code that was found in a picture.
function judgeAll(codes, picture, began) {
  return show(async () => {
    const found = await Promise.all(codes.map(async ({ bytes, box }) => ({
      parts: await judgedCode(bytes, began), view: viewOf(picture, box) })));
    return found.length === 1 ? [found[0].parts] : shownSeveral(found);
  });
}

/// Returns what a code comes to, as it is shown.
async function judgedCode(scanned, began) {
  const { path, error } = await judge.call('about', scanned);
  if (path) return judged(path, { scanned, now: now() }, began);
  const verdict = error === 'unsupported' ? 'unsupported' : 'malformed';
  return shownAnswer({ verdict }, { name: 'how_form' }, Math.round(performance.now() - began));
}

/// Answers a question with a proof from the host, or else with a pack.
async function judged(path, question, began) {
  try {
    const { answer, pack } = await answered(path, question);
    const { quorum } = ledger;
    const name = (pack ? 'how_pack' : 'how') + (quorum ? '' : '_file');
    const values = { ...quorum, pack, time: timeWords(answer.proof.cosigned) };
    return shownAnswer(answer, { name, values }, Math.round(performance.now() - began));
  } catch (error) {
    if (!(error instanceof Trouble)) console.error(error);
    return shownDoubt(error.why ?? 'failed', error.message);
  }
}

async function answered(path, question) {
  await opened;
  const said = await ledger.askHost(path, question);
  if (said && !said.error) return said;
  const offline = await packs.ask(question);
  if (!offline.error) return offline;
  if (!said) throw new Trouble('not_reached');
  throw new Trouble('bad_proof', said.detail);
}

/// Shows what a question comes to, unless another one was asked meanwhile.
async function show(ask) {
  clear();
  const mine = asked;
  say(words('checking'));
  let parts;
  try {
    parts = await ask();
  } catch (error) {
    console.error(error);
    parts = [shownDoubt('failed', String(error))];
  }
  if (mine !== asked) return;
  say('');
  result.replaceChildren(...parts);
  scan.again(true);
  const heading = result.querySelector('h2');
  result.scrollIntoView({ block: 'start' });
  heading.focus({ preventScroll: true });
}
