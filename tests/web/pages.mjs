// Opens pages in Chromium as a phone does, checks them, and follows ways through them.
//
// Standard input, JSON: {chromium, hosts: {name: port},
//   pages: [{name, url, acceptLanguage, status, tag, direction, title}],
//   ways: [{name, url, acceptLanguage, fill: {selector: text}, press, title, tag, path}]}.
// Standard output: {pages: {name: {check: [what is wrong]}}, ways: {name: [what is wrong]}}.
import { Chromium } from './chromium.mjs';
import { kChecks } from './checks.mjs';
import { Page, kPhone } from './page.mjs';
import { readPlan } from './packages.mjs';

async function checked(page, wanted) {
  await page.go(wanted.url, wanted.acceptLanguage);
  const found = {};
  for (const [name, check] of Object.entries(kChecks)) found[name] = await check(page, wanted);
  return found;
}

/// Fills in a form or not, touches something, and compares where that leads.
async function followed(page, way) {
  await page.go(way.url, way.acceptLanguage);
  await page.evaluate((fields) => {
    for (const [selector, text] of Object.entries(fields))
      document.querySelector(selector).value = text;
  }, way.fill ?? {});
  await page.press(way.press);
  const found = await page.evaluate(() => ({
    title: document.querySelector('h1 span:last-child')?.textContent,
    tag: document.documentElement.lang,
    path: location.pathname,
  }));
  return ['title', 'tag', 'path'].filter((name) => found[name] !== way[name])
    .map((name) => `${name} is ${found[name]}, not ${way[name]}`);
}

const plan = readPlan();
const chromium = await Chromium.start(plan.chromium, plan.hosts);
try {
  const page = await Page.open(chromium);
  await page.size(kPhone);
  const found = { pages: {}, ways: {} };
  for (const wanted of plan.pages) found.pages[wanted.name] = await checked(page, wanted);
  for (const way of plan.ways) found.ways[way.name] = await followed(page, way);
  process.stdout.write(JSON.stringify(found));
} finally {
  await chromium.stop();
}
