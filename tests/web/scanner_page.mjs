// The scanner's page in a Chromium with a camera that plays a film, and a way to its host that can
// be led elsewhere or spoilt.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Chromium } from './chromium.mjs';

const kDeadline = 60_000 * Number(process.env.CITYID_SLOW || 1);  // milliseconds
const kHost = 'localhost';  // browsers let it use a camera and a service worker without TLS

/// Returns the files below a directory that have a text in them.
function filesWith(text, directory) {
  return fs.readdirSync(directory, { recursive: true }).filter((name) => {
    const file = path.join(directory, name);
    return fs.lstatSync(file).isFile() && fs.readFileSync(file).includes(text);
  });
}

/// Forwards requests to a port of this machine.
export class Way {
  port = 0;          // where they are led to
  spoil = null;      // changes the answer to a path: (path, bytes) => bytes, or a promise of
                     // them; null: it never comes
  stalls = () => false;  // true if only half of the answer to a path comes
  lead = (path) => path;  // changes a path
  asked = [];        // the paths
  #server = http.createServer((request, reply) => this.#forward(request, reply));

  static async open(port) {
    const way = new Way();
    way.port = port;
    await new Promise((resolve) => way.#server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  get own() {
    return this.#server.address().port;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #forward(request, reply) {
    this.asked.push(request.url);
    const onward = http.request({ port: this.port, host: '127.0.0.1', path: this.lead(request.url),
      method: request.method,
      headers: { ...request.headers, ...(this.spoil && { 'accept-encoding': 'identity' }) },
    }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const bytes = Buffer.concat(parts);
      const sent = this.spoil ? await this.spoil(request.url, bytes) : bytes;
      if (sent === null) return;  // it is silent
      if (sent === bytes) {
        reply.writeHead(answer.statusCode, answer.headers);
      } else {
        const { 'content-length': length, etag, ...headers } = answer.headers;
        reply.writeHead(200, headers);
      }
      if (this.stalls(request.url)) reply.write(sent.subarray(0, sent.length >> 1));
      else reply.end(sent);
    });
    onward.on('error', () => reply.destroy());
    request.pipe(onward);
  }
}

/// Lets the way wait with its answers to some paths; returns {asked, release}: how many were asked
/// for, and what lets them go.
export function held(way, pattern) {
  let release;
  const told = new Promise((resolve) => { release = resolve; });
  const hold = { asked: 0, release };
  way.spoil = async (url, bytes) => {
    if (pattern.test(url)) {
      ++hold.asked;
      await told;
    }
    return bytes;
  };
  return hold;
}

/// Waits until a function of this program gives something true.
export async function until(what, told) {
  for (let i = 0; !what(); ++i) {
    if (i > 600) throw new Error(`${told} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export class ScannerPage {
  requests = [];     // {method, url, body}, of the page and its workers
  transferred = 0;   // bytes that came over the network for them, heads included
  errors = [];       // what the page wrote on its console, or the browser about it
  watched = new Set();  // kinds of targets: "page", "worker", "service_worker"
  #offline = false;
  #sessions = new Set();

  /// `camera`: "granted" or "denied"; `film`: what it plays; `cameras`: how many there are, if they
  /// play no film; `before`: a script that runs before those of the page.
  static async start(program, way, { film, camera = 'granted', cameras = 1, before } = {}) {
    const flags = [`--use-fake-device-for-media-stream=device-count=${cameras}`];
    if (film) flags.push(`--use-file-for-fake-video-capture=${film}`);
    const chromium = await Chromium.start(program, { [kHost]: way.own }, flags);
    await chromium.send('Browser.setPermission', { permission: { name: 'camera' },
      setting: camera, origin: `http://${kHost}` }, null);
    return ScannerPage.#of(chromium, chromium.session, before);
  }

  static async #of(chromium, session, before) {
    const page = new ScannerPage();
    page.chromium = chromium;
    page.session = session;
    chromium.listen((method, params, from) => page.#hear(method, params, from));
    await page.#watch(session, 'page');
    for (const domain of ['Page', 'DOM', 'Runtime', 'Log']) await page.send(`${domain}.enable`);
    if (before) await page.send('Page.addScriptToEvaluateOnNewDocument', { source: before });
    return page;
  }

  /// Another tab beside this one.
  async beside() {
    const { targetId } = await this.chromium.send('Target.createTarget', { url: 'about:blank' },
      null);
    const { sessionId } =
      await this.chromium.send('Target.attachToTarget', { targetId, flatten: true }, null);
    return ScannerPage.#of(this.chromium, sessionId);
  }

  send(method, params = {}) {
    return this.chromium.send(method, params, this.session);
  }

  /// Ends the browser; returns the files in which it has left a text.
  async stop(text) {
    let found;
    await this.chromium.stop((directory) => { found = filesWith(text, directory); });
    return found;
  }

  #hear(method, params, session) {
    if (!this.#sessions.has(session)) return;
    if (method === 'Network.requestWillBeSent') this.#note(params.request);
    if (method === 'Network.loadingFinished') this.transferred += params.encodedDataLength;
    if (method === 'Log.entryAdded' && params.entry.level === 'error')
      this.errors.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Runtime.exceptionThrown') {
      const { exception, text } = params.exceptionDetails;
      this.errors.push(exception?.description ?? text);
    }
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error')
      this.errors.push(params.args.map((each) => each.description ?? each.value).join(' '));
    if (method === 'Target.attachedToTarget')
      this.#watch(params.sessionId, params.targetInfo.type).catch(() => {});
    if (method === 'Target.detachedFromTarget') this.#sessions.delete(params.sessionId);
  }

  #note({ method, url, postData = '' }) {
    this.requests.push({ method, url, body: postData });
  }

  /// A worker waits until it is watched.
  async #watch(session, type) {
    this.#sessions.add(session);
    this.watched.add(type);
    const send = (method, params) => this.chromium.send(method, params, session);
    const all = [send('Network.enable'), this.#condition(session),
      send('Target.setAutoAttach',
        { autoAttach: true, waitForDebuggerOnStart: true, flatten: true }),
      send('Runtime.runIfWaitingForDebugger')];
    await Promise.allSettled(all);
  }

  #condition(session) {
    return this.chromium.send('Network.emulateNetworkConditions', { offline: this.#offline,
      latency: 0, downloadThroughput: -1, uploadThroughput: -1 }, session);
  }

  /// Takes the network away from the page and its workers, or gives it back; with it goes what the
  /// browser has by chance in its own cache.
  async offline(off) {
    this.#offline = off;
    await this.send('Network.clearBrowserCache');
    for (const session of [...this.#sessions]) await this.#condition(session).catch(() => {});
  }

  async size({ width, height }, scale = 1) {
    await this.send('Emulation.setDeviceMetricsOverride',
      { width, height, deviceScaleFactor: scale, mobile: true });
  }

  /// Opens a page of the host and waits until the scanner runs, or says that it can't.
  async open(path = '/scan?lang=en') {
    const { errorText } =
      await this.send('Page.navigate', { url: `http://${kHost}${path}` });
    if (errorText) throw new Error(`${path}: ${errorText}`);
    await this.until(() => document.readyState === 'complete' &&
      (document.querySelector('#program:not([hidden])') ||
       document.querySelector('#by-server[role=status]')) !== null, `the scanner at ${path}`);
  }

  /// Waits until the service worker of the page's own version has the page.
  async kept() {
    await this.until(async () => {
      const { active } = await navigator.serviceWorker.ready;
      const own = new URL(document.querySelector('script[src]').src).pathname.replace(/[^/]*$/, '');
      return active?.state === 'activated' && new URL(active.scriptURL).pathname.startsWith(own);
    }, 'the service worker');
  }

  async evaluate(what, ...values) {
    const expression = typeof what === 'string' ? what
      : `(${what})(${values.map((value) => JSON.stringify(value)).join(',')})`;
    const { result, exceptionDetails } = await this.send('Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise: true, userGesture: true });
    if (exceptionDetails)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /// Waits until a function of the page gives something true, and returns that.
  async until(what, told, ...values) {
    const end = Date.now() + kDeadline;
    for (;;) {
      const found = await this.evaluate(what, ...values).catch(() => null);
      if (found) return found;
      if (Date.now() > end) {
        const text = await this.evaluate('document.body.innerText').catch(() => '');
        throw new Error(`${told} did not come: ${text}\n${this.errors.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async paste(text) {
    await this.submit(text);
    return this.verdict();
  }

  /// Puts a text into the form and sends that off.
  submit(text) {
    return this.evaluate((value) => {
      const field = document.getElementById('code');
      field.value = value;
      field.form.requestSubmit();
    }, text);
  }

  async photo(file) {
    await this.chooseFile('#photo', file);
    return this.verdict();
  }

  /// Checks a document; returns what the page says of it.
  async document(file) {
    await this.chooseFile('#file', file);
    return this.documentShown();
  }

  documentShown() {
    return this.until(() => {
      const shown = document.querySelector('#result > [data-file]');
      return shown && { file: shown.dataset.file, tone: shown.querySelector('h2').className,
        title: shown.querySelector('h2').innerText, focused: document.activeElement?.tagName,
        advice: shown.querySelector('.advice').innerText, text: shown.innerText,
        seals: [...shown.querySelectorAll('.seal')].map((seal) => ({ state: seal.dataset.state,
          verdict: seal.querySelector('.verdict').dataset.verdict,
          tone: seal.querySelector('h2').className })) };
    }, 'a document');
  }

  async chooseFile(selector, file) {
    const { result } = await this.send('Runtime.evaluate',
      { expression: `document.querySelector(${JSON.stringify(selector)})` });
    await this.evaluate(() => document.querySelector('#result').replaceChildren());
    await this.send('DOM.setFileInputFiles',
      { files: [file], objectId: result.objectId });
  }

  async scan() {
    await this.click('#camera');
    return this.verdict();
  }

  click(selector) {
    return this.evaluate((wanted) => document.querySelector(wanted).click(), selector);
  }

  /// Presses a key: "Tab", "Enter" or "Space".
  async press(key) {
    const text = { Enter: '\r', Space: ' ' }[key];
    const virtual = { Tab: 9, Enter: 13, Space: 32 }[key];
    const how = { key: key === 'Space' ? ' ' : key, code: key, windowsVirtualKeyCode: virtual };
    const type = text ? 'keyDown' : 'rawKeyDown';
    await this.send('Input.dispatchKeyEvent', { type, text, ...how });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...how });
  }

  /// Presses Tab until this has the focus; returns what had it on the way. Fails if it never has.
  async tabTo(selector) {
    const way = [];
    for (let i = 0; i < 60; ++i) {
      await this.press('Tab');
      const at = await this.evaluate((wanted) => {
        const element = document.activeElement;
        const [{ left, right, top, bottom }] = element.getClientRects();
        const ring = element.closest('label.file') ?? element;
        const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return { found: element.matches(wanted), name: element.id || element.tagName,
          ring: getComputedStyle(ring).outlineStyle !== 'none', seen: element.contains(hit) };
      }, selector);
      way.push(at);
      if (at.found) return way;
    }
    throw new Error(`nobody gets to ${selector} with the keyboard: ${JSON.stringify(way)}`);
  }

  /// Waits for a result and returns what a person sees of it.
  verdict() {
    return this.until(() => {
      const shown = document.querySelector('#result .verdict');
      return shown && { ...shown.dataset, tone: shown.querySelector('h2').className,
        title: shown.querySelector('h2 span:last-child').textContent,
        how: shown.querySelector('.how')?.textContent ?? '', text: shown.innerText,
        focused: document.activeElement === shown.querySelector('h2') };
    }, 'a verdict');
  }

  /// What is shown of several codes in one picture, once it is there.
  verdicts() {
    return this.until(() => {
      const shown = [...document.querySelectorAll('#result .verdict')];
      return shown.length > 1 && shown.map((each) => ({ verdict: each.dataset.verdict,
        which: each.parentElement.querySelector('.which').textContent,
        view: each.parentElement.querySelector('canvas').width }));
    }, 'several verdicts');
  }

  /// Waits until a place of the page says something that it isn't still doing, and returns it.
  said(id = 'says') {
    return this.until((place) => {
      const text = document.getElementById(place)?.textContent;
      return text && !text.includes('…') && text;
    }, 'a word', id);
  }

  /// Keeps the pack of a prefix; returns its line.
  async keepPack(prefix) {
    await this.evaluate((value) => {
      document.getElementById('prefix').value = value;
      document.getElementById('find').requestSubmit();
    }, prefix);
    await this.until(() => document.querySelector('#found button') !== null, 'an offer');
    await this.click('#found button');
  }

  packLine(prefix) {
    return this.until((value) =>
      document.querySelector(`#packs [data-prefix="${value}"] span`)?.textContent,
    `the pack ${prefix}`, prefix);
  }

  async picture() {
    const { data } = await this.send('Page.captureScreenshot',
      { format: 'png', captureBeyondViewport: true });
    return Buffer.from(data, 'base64');
  }
}
