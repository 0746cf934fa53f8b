// The scanner's page in a Chromium with a camera that plays a film, and a way to its host that can
// be led elsewhere or spoilt.
import http from 'node:http';
import { Chromium } from './chromium.mjs';

const kDeadline = 60_000 * Number(process.env.CITYID_SLOW || 1);  // milliseconds
const kHost = 'localhost';  // browsers let it use a camera and a service worker without TLS

/// Forwards requests to a port of this machine.
export class Way {
  port = 0;          // where they are led to
  spoil = null;      // changes the bytes of an answer to a path: (path, bytes) => bytes
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
    const onward = http.request({ port: this.port, host: '127.0.0.1', path: request.url,
      method: request.method, headers: request.headers }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const bytes = Buffer.concat(parts);
      reply.writeHead(answer.statusCode, answer.headers);
      reply.end(this.spoil ? this.spoil(request.url, bytes) : bytes);
    });
    onward.on('error', () => reply.destroy());
    request.pipe(onward);
  }
}

export class ScannerPage {
  requests = [];  // addresses, of the page and its workers
  errors = [];    // what the page wrote on its console, or the browser about it
  #offline = false;
  #sessions = new Set();

  /// `camera`: "granted" or "denied"; `film`: what it plays.
  static async start(program, way, { film, camera = 'granted' } = {}) {
    const flags = film ? ['--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`] : [];
    const page = new ScannerPage();
    const chromium = await Chromium.start(program, { [kHost]: way.own }, flags);
    page.chromium = chromium;
    chromium.listen((method, params, session) => page.#hear(method, params, session));
    await chromium.send('Browser.setPermission', { permission: { name: 'camera' },
      setting: camera, origin: `http://${kHost}` }, null);
    // The service worker is a target of its own.
    await chromium.send('Target.setDiscoverTargets', { discover: true }, null);
    await page.#watch(chromium.session);
    for (const domain of ['Page', 'DOM', 'Runtime', 'Log'])
      await chromium.send(`${domain}.enable`);
    return page;
  }

  async stop() {
    await this.chromium.stop();
  }

  #hear(method, params, session) {
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    if (method === 'Log.entryAdded' && params.entry.level === 'error')
      this.errors.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Runtime.exceptionThrown') {
      const { exception, text } = params.exceptionDetails;
      this.errors.push(exception?.description ?? text);
    }
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error')
      this.errors.push(params.args.map((each) => each.description ?? each.value).join(' '));
    if (method === 'Target.targetCreated' && params.targetInfo.type === 'service_worker') {
      this.chromium.send('Target.attachToTarget',
        { targetId: params.targetInfo.targetId, flatten: true }, null)
        .then(({ sessionId }) => this.#watch(sessionId)).catch(() => {});
    }
    if (method === 'Target.detachedFromTarget') this.#sessions.delete(params.sessionId);
  }

  async #watch(session) {
    this.#sessions.add(session);
    await this.chromium.send('Network.enable', {}, session);
    await this.#condition(session);
  }

  #condition(session) {
    return this.chromium.send('Network.emulateNetworkConditions', { offline: this.#offline,
      latency: 0, downloadThroughput: -1, uploadThroughput: -1 }, session);
  }

  /// Takes the network away from the page and its workers, or gives it back.
  async offline(off) {
    this.#offline = off;
    for (const session of [...this.#sessions]) await this.#condition(session).catch(() => {});
  }

  async size({ width, height }, scale = 1) {
    await this.chromium.send('Emulation.setDeviceMetricsOverride',
      { width, height, deviceScaleFactor: scale, mobile: true });
  }

  /// Opens a page of the host and waits until the scanner runs, or says that it can't.
  async open(path = '/scan?lang=en') {
    const { errorText } =
      await this.chromium.send('Page.navigate', { url: `http://${kHost}${path}` });
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
    const { result, exceptionDetails } = await this.chromium.send('Runtime.evaluate',
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
    await this.evaluate((value) => {
      const field = document.getElementById('code');
      field.value = value;
      field.form.requestSubmit();
    }, text);
    return this.verdict();
  }

  async photo(file) {
    await this.chooseFile('#photo', file);
    return this.verdict();
  }

  async chooseFile(selector, file) {
    const { result } = await this.chromium.send('Runtime.evaluate',
      { expression: `document.querySelector(${JSON.stringify(selector)})` });
    await this.evaluate(() => document.querySelector('#result').replaceChildren());
    await this.chromium.send('DOM.setFileInputFiles',
      { files: [file], objectId: result.objectId });
  }

  async scan() {
    await this.evaluate(() => document.querySelector('#camera').click());
    return this.verdict();
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

  /// Waits until the page says something, and returns it.
  said() {
    return this.until(() => document.getElementById('says')?.textContent, 'a word');
  }

  /// Keeps the pack of a prefix; returns its line.
  async keepPack(prefix) {
    await this.evaluate((value) => {
      document.getElementById('prefix').value = value;
      document.getElementById('find').requestSubmit();
    }, prefix);
    await this.until(() => document.querySelector('#found button') !== null, 'an offer');
    await this.evaluate(() => document.querySelector('#found button').click());
  }

  packLine(prefix) {
    return this.until((value) =>
      document.querySelector(`#packs [data-prefix="${value}"] span`)?.textContent,
    `the pack ${prefix}`, prefix);
  }

  async picture() {
    const { data } = await this.chromium.send('Page.captureScreenshot',
      { format: 'png', captureBeyondViewport: true });
    return Buffer.from(data, 'base64');
  }
}
