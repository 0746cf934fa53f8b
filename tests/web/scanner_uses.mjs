// What people do with the scanner: stories for scanner.mjs.
import { kSmallPhone } from './page.mjs';

/// Keeps the pack of a prefix and waits until it is listed.
async function keep(page, prefix) {
  await page.keepPack(prefix);
  return page.packLine(prefix);
}

const version = () => new URL(document.querySelector('script[src]').src).pathname;
const cacheNames = () => caches.keys();

/// In the page: medians of what the checker alone takes, in milliseconds.
async function checkerTimes(code, prefix) {
  const bytesOf = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const { load } = await import(new URL('cityid.js', document.querySelector('script[src]').src));
  const cityid = await load();
  const trust = await bytesOf('/ledger/trust');
  const proof = await bytesOf(`${new URL(code).pathname}/proof`);
  const pack = await bytesOf(`/${prefix}/pack`);
  const scanned = new TextEncoder().encode(code);
  const median = (work) => {
    const times = [];
    for (let i = 0; i < 25; ++i) {
      const began = performance.now();
      for (let j = 0; j < 10; ++j) work();
      times.push((performance.now() - began) / 10);
    }
    return times.sort((one, other) => one - other)[12];
  };
  const opened = cityid.openPack({ trust, pack });
  return {
    proof: median(() => {
      const one = cityid.open({ trust, document: proof });
      one.judge(scanned);
      one.close();
    }),
    openPack: median(() => cityid.openPack({ trust, pack }).close()),
    judgeByPack: median(() => opened.judge(scanned)),
  };
}

export const kUses = {
  /// A camera that sees a code, then everything else that can be read, with a network.
  online: ({ plan, withPage, pictured, faults }) => withPage({}, async (page, way) => {
    const found = { verdicts: {}, photos: {}, faults: {} };
    await page.open();
    found.faults.start = await faults(page);
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
    await page.chooseFile('#photo', plan.several);
    found.several = await page.verdicts();
    found.faults.several = await faults(page);
    await pictured(page, 'several');
    await page.evaluate(() => { document.getElementById('keys').open = true; });
    found.faults.keys = await faults(page);
    await page.chooseFile('#photo', plan.nothing);
    found.nothing = await page.said();
    way.spoil = (url, bytes) => {
      if (url.includes('/proof')) bytes[bytes.length >> 1] ^= 1;
      return Buffer.from(bytes);
    };
    found.spoilt = await page.paste(plan.codes.valid);
    found.faults.spoilt = await faults(page);
    return found;
  }),

  /// Documents with seals: chosen, dropped, and without a network.
  sealed: ({ plan, withPage, pictured, faults }) => withPage({}, async (page) => {
    const found = { files: {}, offline: {}, languages: {} };
    await page.open();
    for (const [name, file] of Object.entries(plan.documents)) {
      found.files[name] = await page.document(file);
      await pictured(page, `document-${name}`);
    }
    found.faults = await faults(page);
    await page.evaluate(() => {
      document.querySelector('#result').replaceChildren();
      const data = new DataTransfer();
      data.items.add(new File(['%PDF-1.7\nno seal'], 'x.pdf'));
      const dropped = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(dropped);
    });
    found.dropped = await page.documentShown();
    await page.kept();
    await keep(page, plan.here);
    await page.offline(true);
    await page.open();
    for (const [name, file] of Object.entries(plan.documents))
      found.offline[name] = await page.document(file);
    for (const tag of plan.languages) {
      await page.open(`/scan?lang=${tag}`);
      const { title, advice } = await page.document(plan.documents.genuine);
      found.languages[tag] = { title, advice, faults: await faults(page) };
      await pictured(page, `document-${tag}`);
    }
    return found;
  }),

  /// A pack is kept; then there is no network.
  offline: ({ plan, withPage, pictured, faults }) => withPage({}, async (page) => {
    const found = { verdicts: {}, country: {}, languages: {} };
    await page.open();
    await page.kept();
    found.pack = await keep(page, plan.here);
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
      const { title, how } = await page.paste(plan.codes.valid);
      found.languages[tag] = { title, how, ...await page.evaluate(() => ({
        lang: document.documentElement.lang, heading: document.querySelector('h1').innerText,
        direction: getComputedStyle(document.body).direction })), faults: await faults(page) };
      await pictured(page, `offline-${tag}`);
    }
    await page.open();
    found.keptBefore = await page.keepPack(plan.country).then(() => page.said('packs-say'));
    await page.offline(false);
    await page.open();
    await keep(page, plan.country);
    await page.offline(true);
    await page.open();
    for (const [name, text] of Object.entries(plan.codes))
      found.country[name] = await page.paste(text);
    await page.click(`[data-prefix="${plan.here}"] button`);
    await page.until((prefix) => !document.querySelector(`[data-prefix="${prefix}"]`),
      'a pack less', plan.here);
    await page.open();
    await page.packLine(plan.country);
    found.left = await page.evaluate(() =>
      [...document.querySelectorAll('[data-prefix]')].map((each) => each.dataset.prefix));
    return found;
  }),

  /// The program changes while it is kept, and while a page of the old version is open.
  update: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.kept();
    await keep(page, plan.here);
    const found = { first: await page.evaluate(version),
      firstCaches: await page.evaluate(cacheNames) };
    way.port = plan.ports.second;
    const other = await page.beside();
    await other.open();
    await other.kept();
    found.second = await other.evaluate(version);
    await other.until(async () => (await caches.keys()).length === 1, 'the old files gone');
    found.secondCaches = await other.evaluate(cacheNames);
    found.notice = await page.until(() => document.getElementById('newer')?.textContent,
      'word of a newer version');
    found.oldVerdict = await page.paste(plan.codes.valid);
    await page.evaluate(() => document.querySelector('#newer a').click());
    await page.until((old) => new URL(document.querySelector('script[src]').src).pathname !== old &&
      document.querySelector('#program:not([hidden])'), 'the newer version', found.first);
    for (const each of [page, other]) await each.offline(true);
    await page.open();
    found.offline = await page.evaluate(version);
    found.pack = await page.packLine(plan.here);
    found.verdict = await page.paste(plan.codes.valid);
    return found;
  }),

  /// A camera that sees several codes at once.
  several: ({ plan, withPage }) => withPage({ film: plan.severalFilm }, async (page) => {
    await page.open();
    await page.click('#camera');
    return { verdicts: await page.verdicts() };
  }),

  /// Nothing but keys: Tab, Enter, Space.
  keyboard: ({ plan, withPage }) => withPage({}, async (page) => {
    await page.size(kSmallPhone);
    await page.open();
    const found = { toCamera: await page.tabTo('#camera') };
    await page.press('Enter');
    found.scanned = await page.verdict();
    found.afterVerdict = (await page.tabTo('#result a')).length;
    found.toPhoto = await page.tabTo('#photo');
    found.toField = await page.tabTo('#code');
    await page.send('Input.insertText', { text: plan.codes.forged });
    await page.tabTo('form[method=post] button');
    await page.evaluate(() => document.getElementById('result').replaceChildren());
    await page.press('Enter');
    found.pasted = await page.verdict();
    await page.tabTo('#prefix');
    await page.send('Input.insertText', { text: plan.here });
    await page.press('Enter');
    await page.until(() => document.querySelector('#found button') !== null, 'an offer');
    await page.tabTo('#found button');
    await page.press('Space');
    found.pack = await page.packLine(plan.here);
    found.backAt = await page.until(() => document.activeElement.id === 'prefix' && 'prefix',
      'the focus at the field again');
    await page.tabTo('summary');
    await page.press('Enter');
    found.keysOpen = await page.evaluate(() => document.getElementById('keys').open);
    found.toTrust = await page.tabTo('#trust');
    return found;
  }),

  /// A device with two cameras, one of them with a light.
  cameras: ({ plan, withPage }) => withPage({ film: null, cameras: 2, before: `
    MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
    MediaStreamTrack.prototype.applyConstraints = async (wanted) => {
      (globalThis.lights ??= []).push(wanted.advanced[0].torch);
    };
    const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    globalThis.streams = [];
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      streams.push(await get(wanted));
      return streams.at(-1);
    };` }, async (page) => {
    await page.open();
    await page.click('#camera');
    const found = { cameras: await page.until(() => {
      const which = document.querySelector('#program select');
      return !which.hidden && [...which.options].map((each) => each.textContent);
    }, 'a choice of cameras') };
    await page.click('#torch');
    found.lit = await page.until(() =>
      document.getElementById('torch').getAttribute('aria-pressed') === 'true' && lights, 'light');
    const camera = () => document.querySelector('video').srcObject?.getVideoTracks()[0]
      .getSettings().deviceId;
    found.before = await page.evaluate(camera);
    await page.evaluate(() => {
      const which = document.querySelector('#program select');
      which.selectedIndex = 1 - which.selectedIndex;
      which.dispatchEvent(new Event('change'));
    });
    found.after = await page.until((before) => {
      const now = document.querySelector('video').srcObject?.getVideoTracks()[0]
        .getSettings().deviceId;
      return now !== before && now;
    }, 'the other camera', found.before);
    found.pressed = await page.evaluate(() =>
      document.getElementById('torch').getAttribute('aria-pressed'));
    // Somebody who is in a hurry.
    await page.evaluate(() => {
      for (let i = 0; i < 5; ++i) document.querySelector('#camera').click();
    });
    await page.until(() => !document.querySelector('.stage').hidden, 'a picture');
    await page.click('#camera');
    found.running = await page.evaluate(() => streams.flatMap((each) => each.getTracks())
      .filter((each) => each.readyState === 'live').length);
    return found;
  }),

  /// What comes over the network until the page works without one.
  load: ({ withPage }) => withPage({}, async (page) => {
    await page.open();
    await page.kept();
    return { bytes: page.transferred };
  }),

  /// Milliseconds from a picture of the camera to the verdict on it, with a proof and with a pack.
  times: ({ plan, withPage }) => withPage({}, async (page) => {
    await page.open();
    await page.kept();
    await keep(page, plan.country);
    const scans = async () => {
      const times = [];
      for (let i = 0; i < 25; ++i) times.push(Number((await page.scan()).milliseconds));
      return times.sort((one, other) => one - other);
    };
    const found = { proof: await scans(), checker: await page.evaluate(checkerTimes,
      plan.codes.valid, plan.country) };
    await page.offline(true);
    found.pack = await scans();
    return { ...found, medians: [found.proof[12], found.pack[12]] };
  }),

  /// Two tabs ask at the same time, and share what is kept.
  tabs: ({ plan, withPage }) => withPage({}, async (page) => {
    await page.open();
    await page.kept();
    const other = await page.beside();
    await other.open();
    const both = await Promise.all([page, other].map(async (tab) => {
      const verdicts = [];
      for (let i = 0; i < 5; ++i)
        verdicts.push((await tab.paste(plan.codes[i % 2 ? 'forged' : 'valid'])).verdict);
      return verdicts;
    }));
    // One tab opens a document: the other waits for the head that it keeps.
    await other.evaluate(() => new Promise((held) => {
      navigator.locks.request('cityid', () => new Promise((release) => {
        globalThis.release = release;
        held();
      }));
    }));
    await page.submit(plan.codes.valid);
    await page.until(async () => (await navigator.locks.query()).pending.length === 1,
      'a tab that waits');
    const early = await page.evaluate(() => document.querySelector('.verdict') !== null);
    await other.evaluate(() => release());
    const waited = (await page.verdict()).verdict;
    await Promise.all([keep(page, plan.here), keep(other, plan.country)]);
    for (const tab of [page, other]) await tab.offline(true);
    const packs = [];
    for (const tab of [page, other]) {
      await tab.open();
      packs.push([await tab.packLine(plan.here), await tab.packLine(plan.country)]);
    }
    return { both, early, waited, packs, offline: await other.paste(plan.codes.suspended),
      otherErrors: other.errors };
  }),
};
