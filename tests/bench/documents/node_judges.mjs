// What pdf.js and PDFium say of a file before and after it was sealed. Standard input: JSON, [{before,
// after, page, box}], the box as shares of the page's width. Standard output: JSON, a list of complaints
// for each. The argument: a node_modules with pdfjs-dist and @hyzyla/pdfium.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = path.resolve(process.argv[2]);
const load = (file) => import(pathToFileURL(path.join(modules, file)));
const pdfjs = await load('pdfjs-dist/legacy/build/pdf.mjs');
const { PDFiumLibrary } = await load('@hyzyla/pdfium/dist/index.esm.js');
const pdfium = await PDFiumLibrary.init();
const kWidth = 1000;  // pixels

/// What pdf.js warns of while it reads a page, and how many operators it draws.
async function pdfjsReads(file, page) {
  const said = [];
  const keep = console.log;
  console.log = console.warn = (...words) => said.push(words.join(' '));
  try {
    const task = pdfjs.getDocument({
      data: new Uint8Array(fs.readFileSync(file)), verbosity: 1, stopAtErrors: false,
      standardFontDataUrl: path.join(modules, 'pdfjs-dist/standard_fonts/'),
      cMapUrl: path.join(modules, 'pdfjs-dist/cmaps/'), cMapPacked: true,
    });
    const document = await task.promise;
    const list = await (await document.getPage(page)).getOperatorList();
    const operators = list.fnArray.length;
    await document.destroy();
    return { said: said.map((line) => line.replace(/\d+/g, '')).sort().join('; '), operators };
  } finally {
    console.log = keep;
  }
}

/// A page as PDFium draws it: RGBA.
async function pdfiumDraws(file, page) {
  const document = await pdfium.loadDocument(fs.readFileSync(file));
  try {
    const { originalWidth } = document.getPage(page - 1).getOriginalSize();
    return await document.getPage(page - 1).render(
      { scale: kWidth / originalWidth, render: async ({ data }) => Buffer.from(data) });
  } finally {
    document.destroy();
  }
}

/// What is wrong with the pictures: something outside of the box changed, or nothing in it.
function differences(before, after, box) {
  if (before.width !== after.width || before.height !== after.height) return ['another size'];
  const [left, top, right, bottom] = box.map((side) => side * after.width);
  let outside = 0, inside = 0;
  for (let y = 0; y < after.height; y++) {
    for (let x = 0; x < after.width; x++) {
      const at = 4 * (y * after.width + x);
      if (!before.data.subarray(at, at + 3).equals(after.data.subarray(at, at + 3))) {
        if (x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1) inside++;
        else outside++;
      }
    }
  }
  return [...(outside ? [`PDFium: ${outside} pixels differ`] : []),
          ...(inside ? [] : ['PDFium: no stamp'])];
}

const answers = [];
for (const { before, after, page, box } of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  const wrong = [];
  try {
    const [old, sealed] = [await pdfjsReads(before, page), await pdfjsReads(after, page)];
    if (old.said !== sealed.said) wrong.push(`pdf.js: ${sealed.said.slice(0, 200)}`);
    if (sealed.operators <= old.operators) wrong.push('pdf.js: no stamp');
    wrong.push(...differences(await pdfiumDraws(before, page), await pdfiumDraws(after, page), box));
  } catch (error) {
    wrong.push(String(error).slice(0, 200));
  }
  answers.push(wrong);
}
process.stdout.write(JSON.stringify(answers));
