// Whose keys count when something happens at the wrong moment: stories for scanner.mjs.
import { held, until } from './scanner_page.mjs';

const trust = (page) => page.evaluate(() => document.querySelector('#keys pre').textContent);

/// Chooses a trust file, and waits until it is the one that counts.
async function choose(page, file) {
  await page.chooseFile('#trust', file);
  await page.until(() => document.querySelector('#keys p').textContent.includes('you chose'),
    'a trust file that was chosen');
}

export const kKeys = {
  /// The person chooses a trust file before that of the host has come.
  chosenFirst: ({ plan, withPage }) => withPage({}, async (page, way) => {
    const hold = held(way, /^\/ledger\/trust$/);
    await page.open();
    await until(() => hold.asked > 0, 'a question for the trust file');
    await choose(page, plan.otherTrust);
    const found = { chosen: await trust(page) };
    hold.release();
    found.verdict = await page.paste(plan.codes.valid);
    await page.open();
    await page.paste(plan.codes.valid);
    return { ...found, reopened: await trust(page) };
  }),

  /// The database fails for a while: nobody can say which trust file is kept.
  unread: ({ plan, withPage }) => withPage({}, async (page) => {
    await page.open();
    await choose(page, plan.otherTrust);
    const found = { chosen: await trust(page) };
    await page.send('Page.addScriptToEvaluateOnNewDocument', { source: `
      globalThis.lost = true;
      const get = IDBObjectStore.prototype.get;
      IDBObjectStore.prototype.get = function (key) {
        if (lost) throw new DOMException('lost', 'UnknownError');
        return get.call(this, key);
      };` });
    await page.open();
    found.failed = await page.paste(plan.codes.valid);
    await page.evaluate(() => { globalThis.lost = false; });
    found.verdict = await page.paste(plan.codes.valid);
    return { ...found, after: await trust(page) };
  }),

  /// Another tab chooses a trust file; then the first one would follow its own policies.
  chosenElsewhere: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    const other = await page.beside();
    await other.open();
    await choose(other, plan.otherTrust);
    const found = { chosen: await trust(other) };
    way.port = 1;
    found.offline = await page.paste(plan.codes.valid);
    way.port = plan.ports.renewed;
    found.verdict = await page.paste(plan.codes.valid);
    await page.until((wanted) => document.querySelector('#keys pre').textContent === wanted,
      'the chosen keys', found.chosen);
    await other.open();
    found.otherVerdict = await other.paste(plan.codes.valid);
    return { ...found, reopened: await trust(other) };
  }),

  /// Another tab chooses a trust file while this one follows the policies of the one before.
  chosenMeanwhile: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    await page.paste(plan.codes.valid);
    const other = await page.beside();
    await other.open();
    way.port = plan.ports.renewed;
    const hold = held(way, /^\/ledger\/checkpoint$/);
    await page.evaluate(() => document.getElementById('result').replaceChildren());
    await page.submit(plan.codes.valid);
    await until(() => hold.asked > 0, 'a question for the checkpoint');
    await choose(other, plan.otherTrust);
    const found = { chosen: await trust(other) };
    hold.release();
    found.verdict = await page.verdict();
    await other.open();
    await other.paste(plan.codes.malformed);
    return { ...found, after: await trust(other) };
  }),

  /// There is no room for a trust file that is chosen.
  noRoomForKeys: ({ plan, withPage }) => withPage({}, async (page) => {
    await page.open();
    await page.paste(plan.codes.valid);
    await page.evaluate(() => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    });
    const before = await trust(page);
    await page.chooseFile('#trust', plan.otherTrust);
    return { said: await page.said('keys-say'), same: before === await trust(page),
      verdict: await page.paste(plan.codes.forged) };
  }),

  /// The keys are taken from the host again, without the person choosing others: packs of
  /// different ledgers can still be used, and an older state isn't believed.
  sameKeys: ({ plan, withPage }) => withPage({}, async (page, way) => {
    way.port = plan.ports.older;
    await page.open();
    await page.kept();
    await page.keepPack(plan.here);
    await page.packLine(plan.here);
    way.port = plan.ports.first;
    await page.keepPack(plan.country);
    await page.packLine(plan.country);
    const hold = held(way, /^\/ledger\/trust$/);
    hold.release();
    await page.click('#host-keys');
    await until(() => hold.asked > 0, 'a question for the trust file');
    await page.paste(plan.codes.valid);
    way.port = 1;
    await page.open();
    const found = { packs: [await page.packLine(plan.here), await page.packLine(plan.country)] };
    way.port = plan.ports.older;
    way.lead = (path) => path.replace(/\?since=\d+$/, '');
    found.older = await page.paste(plan.codes.suspended);
    return found;
  }),

  /// What is kept is cleared while the page is open: it still knows what it saw.
  cleared: ({ plan, withPage }) => withPage({}, async (page, way) => {
    await page.open();
    const found = { before: await page.paste(plan.codes.suspended) };
    await page.send('Storage.clearDataForOrigin',
      { origin: 'http://localhost', storageTypes: 'indexeddb' });
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    way.port = plan.ports.older;
    way.lead = (path) => path.replace(/\?since=\d+$/, '');
    found.older = await page.paste(plan.codes.suspended);
    found.says = await page.evaluate(() => document.getElementById('keeps')?.textContent);
    return found;
  }),
};
