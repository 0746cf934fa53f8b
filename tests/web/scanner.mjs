// Scans codes with the page of a resolver, with and without a network, and says what it showed.
//
// Standard input, JSON: {chromium, film, severalFilm (of a code, and of several),
//   ports: {first, second, older, renewed, broken, missing, unreadable, tripping},
//   here, country (prefixes), trust, otherTrust (files), codes: {name: text}, pictures: {name: file},
//   several, nothing (pictures with codes and without), zxing (the package that writes symbols),
//   symbols: {name: {format, bytes (base64)}}, hostile (the same), work (a directory for their
//   pictures), languages: [tag], directory (of screenshots) or null, stories: [name] if not all}.
// Standard output: {story: what was found}.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readPlan } from './packages.mjs';
import { ScannerPage, Way } from './scanner_page.mjs';
import { kPhone, kSmallPhone } from './page.mjs';
import { axeFinds, overflow } from './checks.mjs';
import { kFaults } from './scanner_faults.mjs';
import { kKeys } from './scanner_keys.mjs';
import { kTroubles } from './scanner_troubles.mjs';
import { kUses } from './scanner_uses.mjs';

const plan = readPlan();

/// Draws each of {name: {format, bytes}}; returns the files.
async function drawn(symbols) {
  const from = path.join(plan.zxing, 'dist');
  const { prepareZXingModule, writeBarcode } =
    await import(pathToFileURL(path.join(from, 'es/writer/index.js')));
  const wasmBinary = fs.readFileSync(path.join(from, 'writer/zxing_writer.wasm'));
  prepareZXingModule({ overrides: { wasmBinary } });
  const files = {};
  for (const [name, { format, bytes }] of Object.entries(symbols)) {
    const { image, error } =
      await writeBarcode(new Uint8Array(Buffer.from(bytes, 'base64')), { format, scale: 4 });
    if (!image) throw new Error(`${name} could not be drawn: ${error}`);
    files[name] = path.join(plan.work, `symbol-${name}.png`);
    fs.writeFileSync(files[name], Buffer.from(await image.arrayBuffer()));
  }
  return files;
}

const tools = {
  plan,

  /// Tells a story of a page that starts with these options, and ends it.
  async withPage(options, story) {
    const way = await Way.open(plan.ports.first);
    const page = await ScannerPage.start(plan.chromium, way, { film: plan.film, ...options });
    let traces;
    let found;
    try {
      await page.size(kPhone, 2);
      found = await story(page, way);
    } finally {
      // The end of a signature is in nothing else.
      traces = await page.stop(plan.codes.valid.slice(-60));
      way.close();
    }
    return { ...found, traces, requests: page.requests, errors: page.errors,
      watched: [...page.watched].sort() };
  },

  async pictured(page, name) {
    if (!plan.directory) return;
    fs.mkdirSync(plan.directory, { recursive: true });
    fs.writeFileSync(path.join(plan.directory, `scanner-${name}.png`), await page.picture());
  },

  /// What is wrong with the page as it is open.
  async faults(page) {
    await page.size(kSmallPhone);
    const wide = await page.evaluate(overflow);
    await page.size(kPhone, 2);
    return [...wide, ...await axeFinds((what, ...values) => page.evaluate(what, ...values))];
  },
};

Object.assign(plan.pictures, await drawn(plan.symbols));
plan.hostile = await drawn(plan.hostile);
const found = {};
for (const [name, story] of Object.entries({ ...kUses, ...kTroubles, ...kKeys, ...kFaults })) {
  if (plan.stories && !plan.stories.includes(name)) continue;
  const began = Date.now();
  found[name] = await story(tools);
  process.stderr.write(`${name}: ${Date.now() - began} ms\n`);
}
process.stdout.write(JSON.stringify(found));
