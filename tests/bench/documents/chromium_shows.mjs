// Takes pictures of pages of PDFs as Chromium shows them. Standard input: JSON, {chromium, pages: [{file,
// page, picture}]}.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

const plan = JSON.parse(fs.readFileSync(0, 'utf8'));
const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cityid-chromium-'));
const browser = spawn(plan.chromium, [
  '--headless=new', '--remote-debugging-pipe', '--hide-scrollbars', '--no-first-run', '--no-sandbox',
  '--window-size=1500,2000', `--user-data-dir=${profile}`, 'about:blank',
], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });

const waiting = new Map();
let rest = '';
let last = 0;
browser.stdio[4].setEncoding('utf8').on('data', (text) => {
  const messages = (rest + text).split('\0');
  rest = messages.pop();
  for (const message of messages.map((one) => JSON.parse(one))) {
    waiting.get(message.id)?.(message.result);
    waiting.delete(message.id);
  }
});
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const ask = (method, params, sessionId) => new Promise((resolve) => {
  waiting.set(++last, resolve);
  browser.stdio[3].write(JSON.stringify({ id: last, method, params, sessionId }) + '\0');
});
// A tab may hang: then there is no answer, and the picture is an empty file.
const send = async (method, params = {}, sessionId = undefined) =>
  (await Promise.race([ask(method, params, sessionId), pause(30000)])) ?? {};

for (const { file, page, picture } of plan.pages) {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  await send('Page.navigate',
    { url: `${pathToFileURL(file)}#page=${page}&toolbar=0&navpanes=0&view=Fit` }, sessionId);
  // The viewer draws when it likes: until two pictures are the same, and more than its empty ground.
  let before = '', now = '';
  for (let tries = 0; tries < 20 && (now.length < 24000 || now !== before); tries++) {
    await pause(1500);
    before = now;
    now = (await send('Page.captureScreenshot', { format: 'png' }, sessionId)).data ?? '';
  }
  fs.writeFileSync(picture, Buffer.from(now, 'base64'));
  await send('Target.closeTarget', { targetId });
}
browser.once('exit', () => fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
browser.kill('SIGKILL');
