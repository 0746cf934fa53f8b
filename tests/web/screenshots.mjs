// Saves pictures of pages as a phone shows them.
//
// Standard input, JSON: {chromium, hosts: {name: port}, directory,
//   pictures: [{file, url, acceptLanguage, scale}]}; `file` is relative to `directory`.
import fs from 'node:fs';
import path from 'node:path';
import { Chromium } from './chromium.mjs';
import { Page, kPhone } from './page.mjs';
import { readPlan } from './packages.mjs';

const plan = readPlan();
const chromium = await Chromium.start(plan.chromium, plan.hosts);
try {
  fs.mkdirSync(plan.directory, { recursive: true });
  const page = await Page.open(chromium);
  for (const { file, url, acceptLanguage, scale } of plan.pictures) {
    await page.size(kPhone, scale);
    await page.go(url, acceptLanguage);
    fs.writeFileSync(path.join(plan.directory, file), await page.picture());
  }
} finally {
  await chromium.stop();
}
