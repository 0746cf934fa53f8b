// Scans codes with the page of a resolver, with and without a network, and says what it showed.
//
// Standard input, JSON: {chromium, film, ports: {first, second, broken}, here (a prefix),
//   codes: {name: text}, pictures: {name: file}, languages: [tag], directory (of pictures) or null,
//   stories: [name] if not all}.
// Standard output: {story: what was found}; the stories are below.
import fs from 'node:fs';
import path from 'node:path';
import { readPlan } from './packages.mjs';
import { ScannerPage, Way } from './scanner_page.mjs';
import { kPhone, kSmallPhone } from './page.mjs';
import { axeFinds, overflow } from './checks.mjs';

const plan = readPlan();

async function pictured(page, name) {
  if (!plan.directory) return;
  fs.mkdirSync(plan.directory, { recursive: true });
  fs.writeFileSync(path.join(plan.directory, `scanner-${name}.png`), await page.picture());
}

async function withPage(options, story) {
  const way = await Way.open(plan.ports.first);
  const page = await ScannerPage.start(plan.chromium, way, options);
  try {
    await page.size(kPhone, 2);
    return await story(page, way);
  } finally {
    await page.stop();
    way.close();
  }
}

/// What is wrong with the page as it is open.
async function faults(page) {
  await page.size(kSmallPhone);
  const wide = await page.evaluate(overflow);
  await page.size(kPhone, 2);
  return [...wide, ...await axeFinds((what, ...values) => page.evaluate(what, ...values))];
}

const kStories = {
  /// A camera that sees a code, then everything else that can be read, with a network.
  online: () => withPage({ film: plan.film }, async (page, way) => {
    const found = { verdicts: {}, photos: {}, faults: {} };
    await page.open();
    await pictured(page, 'start');
    found.scanned = await page.scan();
    await pictured(page, 'scanned');
    found.faults.scanned = await faults(page);
    for (const [name, text] of Object.entries(plan.codes)) {
      found.verdicts[name] = await page.paste(text);
      if (['forged', 'suspended'].includes(name)) await pictured(page, name);
    }
    for (const [name, file] of Object.entries(plan.pictures))
      found.photos[name] = await page.photo(file);
    way.spoil = (url, bytes) => {
      if (url.includes('/proof')) bytes[bytes.length >> 1] ^= 1;
      return bytes;
    };
    found.spoilt = await page.paste(plan.codes.valid);
    found.requests = page.requests;
    found.errors = page.errors;
    return found;
  }),

  /// A pack is kept; then there is no network.
  offline: () => withPage({ film: plan.film }, async (page) => {
    const found = { verdicts: {}, languages: {} };
    await page.open();
    await page.kept();
    await page.keepPack(plan.here);
    found.pack = await page.packLine(plan.here);
    await page.offline(true);
    await page.open();
    found.again = await page.packLine(plan.here);
    found.scanned = await page.scan();
    await pictured(page, 'offline');
    for (const [name, text] of Object.entries(plan.codes))
      found.verdicts[name] = await page.paste(text);
    await page.paste(plan.codes.elsewhere);
    await pictured(page, 'cant-tell');
    for (const tag of plan.languages) {
      await page.open(`/scan?lang=${tag}`);
      const { title } = await page.paste(plan.codes.valid);
      found.languages[tag] = { title, ...await page.evaluate(() => ({
        lang: document.documentElement.lang, heading: document.querySelector('h1').innerText,
        direction: getComputedStyle(document.body).direction })), faults: await faults(page) };
      await pictured(page, `offline-${tag}`);
    }
    return found;
  }),

  /// The program changes while it is kept.
  update: () => withPage({}, async (page, way) => {
    const version = () =>
      page.evaluate(() => new URL(document.querySelector('script[src]').src).pathname);
    const caches_ = () => page.evaluate(() => caches.keys());
    await page.open();
    await page.kept();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    const found = { first: await version(), firstCaches: await caches_() };
    way.port = plan.ports.second;
    await page.open();
    await page.kept();
    found.second = await version();
    await page.until(async () => (await caches.keys()).length === 1, 'the old files gone');
    found.secondCaches = await caches_();
    await page.offline(true);
    await page.open();
    found.offline = await version();
    found.pack = await page.packLine(plan.here);
    found.verdict = await page.paste(plan.codes.valid);
    return found;
  }),

  refused: () => withPage({ film: plan.film, camera: 'denied' }, async (page) => {
    await page.open();
    await page.evaluate(() => document.querySelector('#camera').click());
    const said = await page.said();
    return { said, verdict: await page.paste(plan.codes.valid) };
  }),

  /// There is no room for a pack.
  full: () => withPage({}, async (page) => {
    await page.open();
    // A quota that is set by the protocol counts only when the browser measures again.
    await page.evaluate(() => {
      const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (value, key) {
        if (!key.startsWith('pack ')) return put.call(this, value, key);
        throw new DOMException('full', 'QuotaExceededError');
      };
    });
    await page.keepPack(plan.here);
    await page.until(() => !document.getElementById('says').textContent.includes('…') &&
      document.getElementById('says').textContent, 'a refusal');
    return { said: await page.said(), verdict: await page.paste(plan.codes.valid) };
  }),

  /// The checker's file is damaged: the form asks the server.
  broken: () => withPage({}, async (page, way) => {
    way.port = plan.ports.broken;
    await page.open();
    const said = await page.evaluate(() => document.getElementById('by-server').textContent);
    const hidden = await page.evaluate(() => document.getElementById('program').hidden);
    const loaded = page.chromium.next('Page.loadEventFired');
    await page.evaluate((text) => {
      document.getElementById('code').value = text;
      document.querySelector('form[method=post] button').click();
    }, plan.codes.valid);
    await loaded;
    return { said, hidden, title: await page.evaluate(() => document.title),
      path: await page.evaluate(() => location.pathname) };
  }),
};

const found = {};
for (const [name, story] of Object.entries(kStories)) {
  if (plan.stories && !plan.stories.includes(name)) continue;
  process.stderr.write(`${name}\n`);
  found[name] = await story();
}
process.stdout.write(JSON.stringify(found));
