// What happens at the wrong moment: a slow host, another tab, a device that fails. Stories for
// scanner.mjs.
import { held, until } from './scanner_page.mjs';
import { ahead } from './scanner_troubles.mjs';

/// Runs in the page before its scripts. `instead[name]` lists what the next calls of a worker's
/// function give without asking the worker; `calls[name]` counts all calls; a call of `held` waits
/// until `release()`.
const kWorkers = `{
  Object.assign(globalThis, { instead: {}, calls: {}, held: null, release: () => {} });
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    const { id, name } = message;
    calls[name] = (calls[name] ?? 0) + 1;
    const result = instead[name]?.shift();
    if (result) this.onmessage({ data: { id, result } });
    else if (name !== held) post.call(this, message, ...rest);
    else release = () => { held = null; post.call(this, message, ...rest); };
  };
}`;

export const kFaults = {
  /// The checker fails at a code, at a proof, at a pack: no verdict, and nobody else's fault.
  failing: ({ plan, withPage }) => withPage({ before: kWorkers }, async (page, way) => {
    await page.open();
    const found = {};
    for (const name of ['about', 'judge']) {
      await page.evaluate((what) => { instead[what] = [{ error: 'other', detail: '' }]; }, name);
      found[name] = await page.paste(plan.codes.valid);
    }
    way.port = 1;
    await page.evaluate(() => { instead.judgeByPacks = [{ error: 'other', detail: 'trap' }]; });
    found.packs = await page.paste(plan.codes.forged);
    return found;
  }),

  /// A photo is read for so long that something else is asked meanwhile.
  latePhoto: ({ plan, withPage }) => withPage({ before: `${kWorkers}
    const read = createImageBitmap;
    globalThis.createImageBitmap = async (...values) => {
      await new Promise((resolve) => { globalThis.readOn = resolve; });
      return read(...values);
    };` }, async (page) => {
    await page.open();
    const shown = () => page.evaluate(async () => {
      readOn();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      return [document.querySelector('#result .verdict').dataset.verdict,
        document.getElementById('says').textContent];
    });
    const found = {};
    for (const file of [plan.pictures.valid, plan.nothing]) {
      await page.evaluate(() => { globalThis.readOn = null; });
      await page.chooseFile('#photo', file);
      await page.until(() => globalThis.readOn !== null, 'a photo');
      const { verdict } = await page.paste(plan.codes.forged);
      found[file === plan.nothing ? 'nothing' : 'valid'] = [verdict, ...await shown()];
    }
    return found;
  }),

  /// How many calls' deadlines wait while the camera runs and sees no code.
  waiting: ({ withPage }) => withPage({ film: null, before: `${kWorkers}
    globalThis.deadlines = new Set();
    const [set, clear] = [setTimeout, clearTimeout];
    globalThis.setTimeout = (work, delay, ...values) => {
      const id = set(work, delay, ...values);
      if (delay >= 10000) deadlines.add(id);
      return id;
    };
    globalThis.clearTimeout = (id) => { deadlines.delete(id); clear(id); };` }, async (page) => {
    await page.open();
    await page.paste('x');
    await page.click('#camera');
    await page.until(() => calls.read >= 8, 'pictures');
    return { deadlines: await page.evaluate(() => deadlines.size) };
  }),

  /// Cameras that can't be listed, pictures that can't be had, a camera that is in use.
  cameraFails: ({ plan, withPage }) => withPage({ before: `
    navigator.mediaDevices.enumerateDevices = async () => { throw new Error('no list'); };` },
  async (page) => {
    await page.open();
    const found = { scanned: await page.scan() };
    await page.evaluate(() => {
      CanvasRenderingContext2D.prototype.getImageData = () => { throw new RangeError('memory'); };
    });
    await page.click('#camera');
    found.said = await page.said();
    found.hidden = await page.evaluate(() => document.querySelector('.stage').hidden);
    found.busy = {};
    for (const name of ['NotReadableError', 'AbortError']) {
      await page.evaluate((error) => {
        document.getElementById('says').textContent = '';
        navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', error); };
      }, name);
      await page.click('#camera');
      found.busy[name] = await page.said();
    }
    found.verdict = await page.paste(plan.codes.valid);
    return found;
  }),

  /// The page begins to come, and stops.
  stalling: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.kept();
    way.spoil = (path, bytes) => bytes;  // not compressed, so that half of it is a page
    way.stalls = (path) => path.startsWith('/scan?');
    await page.open();
    return { verdict: await page.paste(plan.codes.valid),
      whole: await page.evaluate(() => document.getElementById('settings') !== null) };
  }),

  /// Which places for what is read out are there before they say anything, and if the warning that
  /// the server is asked has become one before its text.
  places: ({ plan, withPage }) => withPage({ before: `
    globalThis.changes = [];
    document.addEventListener('DOMContentLoaded', () => {
      const place = document.getElementById('by-server');
      const look = () => changes.push([place.getAttribute('role'), place.textContent]);
      look();
      new MutationObserver(look).observe(place,
        { attributes: true, childList: true, subtree: true });
    });` }, async (page, way) => {
    await page.open();
    const found = { places: await page.evaluate(() =>
      [...document.querySelectorAll('[role=status]')].filter((each) => !each.closest('details'))
        .map((each) => [each.id, each.textContent, getComputedStyle(each).display])) };
    way.port = plan.ports.missing;
    await page.open();
    await page.until(() => document.getElementById('by-server').innerText, 'the warning');
    found.changes = await page.evaluate(() => changes);
    return found;
  }),

  /// Browsers that keep what was seen, but not the page.
  pageNotKept: ({ withPage }) => withPage({}, async (page, way) => {
    const found = {};
    const says = () => page.until(() => document.getElementById('keeps')?.textContent, 'a warning');
    const ways = { none: 'delete Navigator.prototype.serviceWorker;',
      refused: 'ServiceWorkerContainer.prototype.register = async () => { throw Error(); };' };
    for (const [name, source] of Object.entries(ways)) {
      const { identifier } = await page.send('Page.addScriptToEvaluateOnNewDocument', { source });
      await page.open();
      found[name] = await says();
      await page.send('Page.removeScriptToEvaluateOnNewDocument', { identifier });
    }
    way.lead = (path) => (path.endsWith('icon-512.png') ? '/no/such' : path);
    await page.open();
    found.incomplete = await says();
    way.lead = (path) => path;
    await page.send('Network.clearBrowserCache');
    await page.open();
    await page.kept();
    found.kept = await page.evaluate(() => document.getElementById('keeps').textContent);
    return found;
  }),

  /// The clock was two days ahead while a pack was fetched; then it is right.
  clockSetBack: ({ plan, withPage }) => withPage({}, async (page, way) => {
    const { identifier } =
      await page.send('Page.addScriptToEvaluateOnNewDocument', { source: ahead(2) });
    await page.open();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    await page.send('Page.removeScriptToEvaluateOnNewDocument', { identifier });
    way.asked = [];
    await page.open();
    await until(() => way.asked.some((path) => path.includes('/pack')), 'a question for the pack');
    return { policies: way.asked.filter((path) => path.includes('/ledger/policies/')).length };
  }),

  /// The quorum has said a later time than the device does now.
  clockBehind: ({ plan, withPage }) => withPage({}, async (page) => {
    const held = (key, days) => new Promise((resolve) => {
      indexedDB.open('cityid').onsuccess = ({ target: { result: database } }) => {
        const store = database.transaction('kept', 'readwrite').objectStore('kept');
        store.get(key).onsuccess = ({ target: { result } }) => {
          store.put({ ...result, seen: result.seen + days * 86400 }, key);
          store.transaction.oncomplete = () => resolve(database.close() ?? result.seen);
        };
      };
    });
    await page.open();
    await page.kept();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    const found = { age: Date.now() / 1000 - await page.evaluate(held, 'ledger', 8) };
    await page.offline(true);
    await page.open();
    found.offline = await page.paste(plan.codes.valid);
    return found;
  }),

  /// A pack is removed while it is fetched anew.
  removedMeanwhile: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    await page.send('Page.addScriptToEvaluateOnNewDocument',
      { source: kWorkers + ahead(2) });
    const hold = held(way, /\/pack(\?|$)/);
    await page.open();
    await until(() => hold.asked > 0, 'a question for the pack');
    await page.click(`[data-prefix="${plan.here}"] button`);
    await page.until(() => !document.querySelector('[data-prefix]'), 'a pack less');
    const before = await page.evaluate(() => calls.openPack ?? 0);
    hold.release();
    await page.until((count) => calls.openPack > count && calls.closePack > 1, 'the pack', before);
    way.port = 1;
    const found = { verdict: await page.paste(plan.codes.valid) };
    await page.open();
    found.packs = await page.evaluate(() => document.querySelectorAll('[data-prefix]').length);
    return found;
  }),

  /// A question while packs are opened anew.
  reopening: ({ plan, withPage }) => withPage({ before: kWorkers }, async (page, way) => {
    await page.open();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    await page.evaluate(() => { globalThis.held = 'openPack'; });
    const before = await page.evaluate(() => calls.openPack);
    await page.chooseFile('#trust', plan.trust);
    await page.until((count) => calls.openPack > count, 'a pack that is opened', before);
    way.port = 1;
    await page.submit(plan.codes.valid);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000)));
    await page.evaluate(() => release());
    return { verdict: await page.verdict() };
  }),

  /// Another tab is in its turn for ever.
  stuckTab: ({ plan, withPage }) => withPage({}, async (page) => {
    await page.open();
    await page.paste(plan.codes.valid);
    const other = await page.beside();
    await other.open();
    await other.evaluate(() => new Promise((taken) => {
      navigator.locks.request('cityid', () => new Promise(() => taken()));
    }));
    return { verdict: await page.paste(plan.codes.forged) };
  }),

  /// Several codes at once whose proofs aren't accepted: policies are asked for once.
  followedOnce: ({ plan, withPage }) => withPage({ before: kWorkers }, async (page, way) => {
    await page.open();
    await page.paste(plan.codes.malformed);
    let release;
    const told = new Promise((resolve) => { release = resolve; });
    way.asked = [];
    way.spoil = async (url, bytes) => {
      if (url.startsWith('/ledger/')) await told;
      return bytes;
    };
    await page.evaluate(() => { instead.judge = Array(3).fill({ error: 'refused' }); });
    await page.chooseFile('#photo', plan.several);
    await page.until(() => calls.judge === 3, 'three proofs');
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000)));
    release();
    const verdicts = await page.verdicts();
    return { verdicts: verdicts.map(({ verdict }) => verdict),
      first: way.asked.filter((path) => path === '/ledger/policies/1').length };
  }),

  /// Markup in everything that a record, or somebody who pastes, can say.
  markup: ({ withPage }) => withPage({}, async (page) => {
    const mark = '<img/src=x/onerror=alert(1)>';
    await page.open();
    await page.paste(`${mark} x`);
    const found = { pasted: await page.evaluate(() =>
      document.getElementById('result').textContent) };
    found.shown = await page.evaluate(async (text) => {
      const main = document.querySelector('script[src]').src;
      const { shownAnswer } = await import(new URL('shown.js', main));
      const names = { en: text, zh: text };
      const parts = shownAnswer({ verdict: 'valid', id: text, check: text, names, level: text,
        status: text, ancestors: [{ id: text, names }], nearest: text + 1, successor: text + 2,
        website: `javascript:alert("${text}")`,
        code: { signedBy: text, purpose: 'city', issued: '2026-01-01T00:00:00Z', serial: text,
          document: { facts: [{ label: text, value: text }, { label: text + 3, value: text }],
            type: text, number: text, date: text, sha256: text } },
        endpoints: ['javascript:alert(1)', `https://x.example/"onclick="${text}`, `data:,${text}`]
          .map((href) => ({ rel: text, access: 'open', href, encrypted: true, title: names })),
      }, { name: 'how_form' }, 1);
      document.getElementById('result').append(parts);
      return parts.textContent;
    }, mark);
    found.facts = await page.evaluate(() => [...document.querySelectorAll(
      'dl:not(.facts) > dt:first-child + dd > dl.facts > :is(dt, dd) > bdi:only-child')]
      .map(({ textContent }) => textContent));
    found.elements = await page.evaluate(() => document.querySelectorAll(
      'img, [onerror], [onclick], a[href^="javascript:" i], a[href^="data:" i]').length);
    found.links = await page.evaluate(() =>
      [...document.querySelectorAll('#result a')].map(({ href }) => new URL(href).protocol));
    return { ...found, mark };
  }),
};
