// What must hold for every page. A check gives what is wrong, a line each; none if all is well.
import { read } from './packages.mjs';
import { kPhone, kSmallPhone } from './page.mjs';

const kMostBytes = 20_000;
const kRules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const kAxe = read('axe-core/axe.min.js');

/// The page is open at phone size; `wanted` is what the plan says of it.
export const kChecks = {
  status(page, wanted) {
    const { status, mimeType } = page.response;
    return differences({ status, mimeType }, { status: wanted.status, mimeType: 'text/html' });
  },

  async language(page, wanted) {
    const found = await page.evaluate(() => ({
      lang: document.documentElement.lang,
      direction: getComputedStyle(document.body).direction,
    }));
    found.header = header(page.response, 'content-language');
    return differences(found, { lang: wanted.tag, direction: wanted.direction, header: wanted.tag });
  },

  async 'title first'(page, wanted) {
    return page.evaluate((title) => {
      const wrong = [];
      const headings = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6,[role=heading]')];
      if (headings[0]?.tagName !== 'H1') return ['the first heading is no h1'];
      if (document.querySelectorAll('h1').length !== 1) wrong.push('there are several h1');
      // What is hidden from those who can't see it is an ornament.
      const seen = headings[0].cloneNode(true);
      for (const ornament of seen.querySelectorAll('[aria-hidden=true]')) ornament.remove();
      const words = seen.textContent.trim();
      if (!words) wrong.push('the first heading is empty');
      if (title && words !== title) wrong.push(`the first heading is "${words}", not "${title}"`);
      if (!document.title.startsWith(words))
        wrong.push(`the window's title is "${document.title}", not "${words} ..."`);
      const range = document.createRange();
      range.selectNodeContents(headings[0]);
      const { bottom, left, right } = range.getBoundingClientRect();
      if (bottom > innerHeight / 3 || left < 0 || right > innerWidth)
        wrong.push(`the first heading is not at the top of the screen: it ends at ${bottom}`);
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const text = texts.currentNode;
        if (!text.data.trim() || headings[0].contains(text)) continue;
        range.selectNode(text);
        const box = range.getBoundingClientRect();
        if (box.width > 0 && box.top < bottom)
          wrong.push(`"${text.data.trim()}" stands above the end of the first heading`);
      }
      return wrong;
    }, wanted.title);
  },

  async 'no script'(page) {
    return page.evaluate(() => {
      const wrong = [];
      for (const element of document.querySelectorAll('*')) {
        if (['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED'].includes(element.tagName))
          wrong.push(`there is a ${element.tagName}`);
        for (const { name, value } of element.attributes) {
          if (name.startsWith('on')) wrong.push(`${element.tagName} has ${name}`);
          if (/^\s*(javascript|data):/i.test(value)) wrong.push(`${element.tagName} ${name}=${value}`);
        }
      }
      return wrong;
    });
  },

  'nothing from elsewhere'(page) {
    return page.requests.slice(1).map((url) => `it asks for ${url}`);
  },

  /// What the plan names is there.
  async says(page, wanted) {
    if (!wanted.says) return [];
    const there = await page.evaluate((selector) => document.querySelector(selector) !== null,
      wanted.says);
    return there ? [] : [`there is no ${wanted.says}`];
  },

  small(page) {
    return page.transferred > 0 && page.transferred < kMostBytes ? []
      : [`it has ${page.transferred} bytes; it may have ${kMostBytes}`];
  },

  async 'fits 320'(page) {
    await page.size(kSmallPhone);
    const wrong = await page.evaluate(overflow);
    await page.size(kPhone);
    return wrong;
  },

  async 'fits 390'(page) {
    return page.evaluate(overflow);
  },

  /// The page was loaded without scripts; axe is one.
  async axe(page) {
    await page.scripts(true);
    const wrong = await axeFinds((what, ...values) => page.evaluate(what, ...values));
    await page.scripts(false);
    return wrong;
  },
};

/// What axe finds, run inside of a page by `evaluate`.
export async function axeFinds(evaluate) {
  await evaluate(`${kAxe};0`);
  const violations = await evaluate(async (rules) => {
    const result = await axe.run(document,
      { runOnly: rules, resultTypes: ['violations'], preload: false });
    return result.violations;
  }, kRules);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)}`));
}

/// Inside of the page: what is wider than the window, and a window that scrolls sideways.
export function overflow() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const wrong = scrollWidth > clientWidth
    ? [`it scrolls sideways: ${scrollWidth} in ${clientWidth} pixels`] : [];
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility()) continue;  // in details that are closed it has an old place
    const { left, right, width } = element.getBoundingClientRect();
    if (width > 0 && (left < -0.5 || right > clientWidth + 0.5))
      wrong.push(`${element.outerHTML.slice(0, 80)} reaches from ${left} to ${right}`);
  }
  return wrong;
}

function header(response, name) {
  const found = Object.entries(response.headers).find(([key]) => key.toLowerCase() === name);
  return found?.[1];
}

function differences(found, wanted) {
  return Object.keys(wanted).filter((name) => found[name] !== wanted[name])
    .map((name) => `${name} is ${found[name]}, not ${wanted[name]}`);
}
