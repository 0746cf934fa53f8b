// What goes wrong around the scanner: stories for scanner.mjs.
import { until } from './scanner_page.mjs';

/// Runs in the page before its scripts: its clock is so many days ahead.
export function ahead(days) {
  return `{ const now = Date.now; Date.now = () => now() + ${days} * 86400000; }`;
}

/// What a page says that asks the server, and where its form leads.
async function askedServer(page, text) {
  const said = await page.until(() => document.getElementById('by-server').innerText,
    'what asks the server');
  const settings = await page.evaluate(() => document.getElementById('settings')?.hidden);
  const loaded = page.chromium.next('Page.loadEventFired');
  await page.submit(text);
  await loaded;
  return { said, settings, title: await page.evaluate(() => document.title),
    path: await page.evaluate(() => location.pathname) };
}

const kMegabyte = 1 << 20;

export const kTroubles = {
  refused: ({ plan, withPage, faults }) => withPage({ camera: 'denied' }, async (page) => {
    await page.open();
    await page.click('#camera');
    const said = await page.said();
    return { said, faults: await faults(page), photo: await page.photo(plan.pictures.valid),
      verdict: await page.paste(plan.codes.valid) };
  }),

  noCamera: ({ plan, withPage }) => withPage({ before: `
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('none', 'NotFoundError');
    };` }, async (page) => {
    await page.open();
    await page.click('#camera');
    return { said: await page.said(), verdict: await page.paste(plan.codes.valid) };
  }),

  /// There is no room for a pack.
  full: ({ plan, withPage }) => withPage({}, async (page) => {
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
    return { said: await page.said('packs-say'), verdict: await page.paste(plan.codes.valid),
      packs: await page.evaluate(() => document.querySelectorAll('[data-prefix]').length) };
  }),

  /// A browser that keeps nothing.
  forgetful: ({ plan, withPage }) => withPage({ before: `
    IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };
    ServiceWorkerContainer.prototype.register = async () => { throw new Error('no'); };` },
  async (page) => {
    await page.open();
    const warning = await page.evaluate(() => document.querySelector('#settings .warn')?.innerText);
    await page.keepPack(plan.here);
    return { warning, pack: await page.packLine(plan.here),
      verdict: await page.paste(plan.codes.valid) };
  }),

  /// The browser clears what is kept while the page is open.
  evicted: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.kept();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    await page.paste(plan.codes.valid);
    await page.send('Storage.clearDataForOrigin',
      { origin: 'http://localhost', storageTypes: 'all' });
    const found = { open: await page.paste(plan.codes.forged) };
    way.port = 1;
    found.pack = await page.paste(plan.codes.revoked);
    way.port = plan.ports.first;
    await page.open();
    found.reopened = await page.paste(plan.codes.valid);
    found.packs = await page.evaluate(() => document.querySelectorAll('[data-prefix]').length);
    await page.kept();
    const count = async () => (await (await caches.open((await caches.keys())[0])).keys()).length;
    found.files = await page.evaluate(count);
    await page.send('Storage.clearDataForOrigin',
      { origin: 'http://localhost', storageTypes: 'cache_storage' });
    await page.open();
    await page.until(`(${count})().then((now) => now === ${found.files})`, 'the files again');
    await page.offline(true);
    await page.open();
    found.offline = await page.paste(plan.codes.malformed);
    return found;
  }),

  /// The checker's file is damaged, or isn't there: the server is asked.
  broken: ({ plan, withPage, faults }) => withPage({}, async (page, way) => {
    way.port = plan.ports.broken;
    await page.open();
    const wrong = await faults(page);
    const pasted = await askedServer(page, plan.codes.valid);
    await page.open();
    const loaded = page.chromium.next('Page.loadEventFired');
    await page.click('#camera');
    await loaded;
    return { ...pasted, faults: wrong,
      scanned: await page.evaluate(() => [location.pathname, document.title]) };
  }),

  missing: ({ plan, withPage }) => withPage({}, async (page, way) => {
    way.port = plan.ports.missing;
    await page.open();
    return askedServer(page, plan.codes.forged);
  }),

  /// The program that reads pictures is damaged: text is still judged here.
  unreadable: ({ plan, withPage }) => withPage({}, async (page, way) => {
    way.port = plan.ports.unreadable;
    await page.open();
    return { said: await page.said(), verdict: await page.paste(plan.codes.valid) };
  }),

  /// The checker traps once: it is loaded anew, with the packs.
  tripping: ({ plan, withPage }) => withPage({}, async (page, way) => {
    way.port = plan.ports.tripping;
    await page.open();
    await page.keepPack(plan.country);
    await page.packLine(plan.country);
    await page.chooseFile('#photo', plan.several);
    const several = await page.verdicts();
    const first = await page.evaluate(() =>
      [...document.querySelectorAll('.how')].map((each) => each.textContent));
    const then = await page.paste(plan.codes.forged);
    // Somebody is quicker than the checker is loaded.
    way.asked = [];
    await page.submit(plan.codes.valid);
    await until(() => way.asked.some((path) => path.includes('/proof')), 'a question');
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    return { several, first, then, quick: await page.paste(plan.codes.forged) };
  }),

  noScript: ({ plan, withPage }) => withPage({}, async (page) => {
    await page.send('Emulation.setScriptExecutionDisabled', { value: true });
    await page.send('Page.navigate', { url: 'http://localhost/scan?lang=en' });
    await page.chromium.next('Page.loadEventFired');
    const hidden = await page.evaluate(() => document.getElementById('program').hidden);
    return { hidden, ...await askedServer(page, plan.codes.valid) };
  }),

  /// A week later: packs tell nothing any more, and neither does a host with nothing newer.
  stale: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.kept();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    await page.send('Page.addScriptToEvaluateOnNewDocument', { source: ahead(8) });
    way.asked = [];
    await page.open();
    const found = { verdict: await page.paste(plan.codes.valid) };
    await page.until(() => document.querySelector('#packs .warn') !== null, 'a warning');
    found.pack = await page.packLine(plan.here);
    await page.until(() => performance.getEntriesByType('resource')
      .some((each) => each.name.includes('/pack?')), 'a new pack');
    found.asked = way.asked.filter((path) => path.includes('/pack'));
    await page.offline(true);
    await page.open();
    found.offline = await page.paste(plan.codes.valid);
    return found;
  }),

  /// The first time, the host sends no trust file that can be used; later it does.
  noKeys: ({ plan, withPage }) => withPage({}, async (page, way) => {
    way.spoil = (url, bytes) =>
      (url === '/ledger/trust' ? Buffer.from('<!DOCTYPE html><p>Sign in to the network') : bytes);
    await page.open();
    const found = { first: await page.paste(plan.codes.valid) };
    way.spoil = null;
    found.later = await page.paste(plan.codes.valid);
    return found;
  }),

  /// The person chooses another ledger's keys, then those of the host again.
  otherKeys: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.kept();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    await page.evaluate(() => { document.getElementById('keys').open = true; });
    const found = {};
    await page.chooseFile('#trust', plan.pictures.valid);
    found.refused = await page.said('keys-say');
    found.after = await page.paste(plan.codes.valid);
    await page.chooseFile('#trust', plan.otherTrust);
    await page.until(() => document.querySelector('#packs .warn') !== null, 'packs without use');
    found.other = await page.paste(plan.codes.valid);
    way.port = 1;
    found.offline = await page.paste(plan.codes.valid);
    way.port = plan.ports.first;
    await page.click('#host-keys');
    await page.until(() => document.querySelector('#packs .warn') === null, 'packs of use');
    found.back = await page.paste(plan.codes.valid);
    way.port = 1;
    found.backOffline = await page.paste(plan.codes.valid);
    return found;
  }),

  /// The institutes have replaced the log's key since the trust file came.
  renewed: ({ plan, withPage }) => withPage({}, async (page, way) => {
    const trust = () => page.evaluate(() => document.querySelector('#keys pre').textContent);
    await page.open();
    await page.kept();
    await page.keepPack(plan.country);
    const found = { pack: await page.packLine(plan.country), before: await trust() };
    way.port = plan.ports.renewed;
    found.verdict = await page.paste(plan.codes.valid);
    await page.evaluate(() => { document.getElementById('keys').open = true; });
    await page.until(() => document.querySelector('#keys pre').textContent.includes('# policy 2'),
      'the newer keys');
    found.after = await trust();
    found.oldPack = await page.packLine(plan.country);
    await page.open();
    found.newPack = await page.until(() => {
      const line = document.querySelector('#packs li');
      return line && !line.querySelector('.warn') && line.innerText;
    }, 'the pack under the newer keys');
    await page.offline(true);
    await page.open();
    found.offline = await page.paste(plan.codes.valid);
    return found;
  }),

  /// A host that shows an older state of the ledger, from before an identifier was suspended.
  older: ({ plan, withPage }) => withPage({}, async (page, way) => {
    way.port = plan.ports.older;
    await page.open();
    const found = { then: await page.paste(plan.codes.suspended) };
    way.port = plan.ports.first;
    found.now = await page.paste(plan.codes.suspended);
    way.port = plan.ports.older;
    way.lead = (path) => path.replace(/\?since=\d+$/, '');
    found.again = await page.paste(plan.codes.suspended);
    await page.keepPack(plan.country);
    found.pack = await page.said('packs-say');
    await page.open();
    found.reopened = await page.paste(plan.codes.suspended);
    return found;
  }),

  /// A host that sends garbage, a hundred megabytes, or nothing.
  hostile: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.kept();
    const found = { codes: {} };
    for (const [name, file] of Object.entries(plan.hostile))
      found.codes[name] = await page.photo(file);
    const answers = { garbage: Buffer.from('no proof'), empty: Buffer.alloc(0),
      huge: Buffer.alloc(100 * kMegabyte, 0xa9), silent: null };
    for (const [name, answer] of Object.entries(answers)) {
      way.spoil = (url, bytes) => (/\/(proof|pack)(\?|$)/.test(url) ? answer : bytes);
      found[name] = { proof: await page.paste(plan.codes.valid) };
      if (name === 'silent') continue;  // a pack is waited for longer
      await page.keepPack(plan.here);
      found[name].pack = await page.said('packs-say');
    }
    way.spoil = (url, bytes) => (url.startsWith('/search')
      ? Buffer.from(JSON.stringify({ results: [{ id: '/evil.example/x', names: { en: 'x' } },
        { id: 'MA.156', names: { en: '<img src=x onerror=alert(1)>' } }, null] })) : bytes);
    await page.evaluate(() => {
      document.getElementById('found').replaceChildren();
      document.getElementById('prefix').value = 'x';
      document.getElementById('find').requestSubmit();
    });
    found.offers = await page.until(() => {
      const offers = [...document.querySelectorAll('#found li')].map((each) => each.innerText);
      return offers.length > 0 && offers;
    }, 'offers');
    way.spoil = null;
    found.after = await page.paste(plan.codes.valid);
    found.images = await page.evaluate(() => document.querySelectorAll('img').length);
    return found;
  }),
};
