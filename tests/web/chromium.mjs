// One Chromium with one page, driven by the DevTools protocol over a pipe: messages are JSON, each
// ended by a zero byte, written to its descriptor 3 and read from its descriptor 4.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';

const kDeadline = 30_000 * Number(process.env.CITYID_SLOW || 1);  // milliseconds

export class Chromium {
  /// Starts it. `hosts`: {name: port of this machine}; every other name is unknown to it. `flags`:
  /// further options of its command line.
  static async start(program, hosts, flags = []) {
    const chromium = new Chromium();
    chromium.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cityid-chromium-'));
    const names = Object.entries(hosts).map(([name, port]) => `MAP ${name} 127.0.0.1:${port}`);
    const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : [];
    chromium.process = spawn(program, [
      '--headless=new', '--remote-debugging-pipe', '--hide-scrollbars', '--disable-gpu',
      '--disable-dev-shm-usage', '--no-first-run', '--no-default-browser-check',
      '--disable-background-networking', '--disable-component-update', '--disable-extensions',
      '--disable-sync', '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
      `--host-resolver-rules=${[...names, 'MAP * ~NOTFOUND'].join(', ')}`,
      `--user-data-dir=${chromium.profile}`, ...asRoot, ...flags, 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
    chromium.process.stderr.on('data', (bytes) => { chromium.said += bytes; });
    chromium.process.on('error', (error) => chromium.fail(error));
    chromium.process.on('exit', (status) =>
      chromium.fail(new Error(`chromium ended with ${status}:\n${chromium.said.slice(-2000)}`)));
    chromium.process.stdio[3].on('error', (error) => chromium.fail(error));
    chromium.process.stdio[4].on('data', (bytes) => chromium.receive(bytes));
    const { targetInfos } = await chromium.send('Target.getTargets');
    const page = targetInfos.find((target) => target.type === 'page');
    const { sessionId } =
      await chromium.send('Target.attachToTarget', { targetId: page.targetId, flatten: true });
    chromium.session = sessionId;
    return chromium;
  }

  said = '';
  #last = 0;
  #waiting = new Map();  // by the number of the command
  #listeners = new Set();
  #rest = [];
  #failed = null;

  fail(error) {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    for (const listener of this.#listeners) listener.fail?.(error);
  }

  receive(bytes) {
    for (let end; (end = bytes.indexOf(0)) >= 0; bytes = bytes.subarray(end + 1)) {
      this.take(JSON.parse(Buffer.concat([...this.#rest, bytes.subarray(0, end)]).toString()));
      this.#rest = [];
    }
    if (bytes.length > 0) this.#rest.push(bytes);
  }

  take(message) {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) {
      for (const listener of [...this.#listeners])
        listener.take(message.method, message.params, message.sessionId);
      return;
    }
    this.#waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
    else waiting.resolve(message.result);
  }

  /// What a command gives; it is about the page once there is one, or about another session.
  send(method, params = {}, sessionId = this.session) {
    if (this.#failed) return Promise.reject(this.#failed);
    const id = ++this.#last;
    const message = { id, method, params, sessionId: sessionId ?? undefined };
    this.process.stdio[3].write(JSON.stringify(message) + '\0');
    return within(method, (resolve, reject) =>
      this.#waiting.set(id, { method, resolve, reject }));
  }

  /// Calls `take(method, params, session)` for each event until the returned function is called.
  listen(take) {
    const listener = { take };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /// The next event of this name.
  next(method) {
    let listener;
    return within(method, (resolve, reject) => {
      listener = { take: (name, params) => name === method && resolve(params), fail: reject };
      this.#listeners.add(listener);
    }).finally(() => this.#listeners.delete(listener));
  }

  /// Ends it and its children. `look(directory)`: looks at what it has written.
  async stop(look) {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    if (this.process.exitCode === null && !this.#failed) {
      this.session = undefined;
      this.send('Browser.close').catch(() => {});
      await ended;
    }
    this.process.kill('SIGKILL');
    look?.(this.profile);
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/// A promise that fails at the deadline.
function within(what, start) {
  let timer;
  return new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${kDeadline} ms`)), kDeadline);
    start(resolve, reject);
  }).finally(() => clearTimeout(timer));
}
