// Keeps the page and its program on the device. A new version of the program comes with a script
// under another address; it keeps its own files, and removes those of the version before.
const kHere = new URL('.', self.location).pathname;  // "/scan/VERSION/"
const kFiles = [
  'main.js', 'words.js', 'element.js', 'kept.js', 'calls.js', 'answering.js', 'camera.js',
  'keep_page.js', 'network.js', 'ledger.js', 'packs.js', 'pasted.js', 'scan.js', 'sealed.js', 'settings.js',
  'shown.js', 'scanner.css', 'icon.svg', 'icon-192.png', 'icon-512.png', 'icon-full-192.png',
  'icon-full-512.png', 'manifest.webmanifest', 'judge.worker.js', 'cityid.js', 'cityid.wasm',
  'reader.worker.js', 'zxing.js', 'zxing.wasm',
];
const kLanguages = ['en', 'zh', 'ar'];
const kPatience = 3000;  // milliseconds until the page is taken from here
const kCache = `scan ${kHere}`;

self.addEventListener('install', (event) =>
  event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(takeOver()));
self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== 'GET' || origin !== self.location.origin) return;
  if (pathname === '/scan') event.respondWith(page(event));
  else if (pathname.startsWith(kHere)) event.respondWith(file(event.request));
});

async function fill() {
  const cache = await caches.open(kCache);
  await cache.addAll(kFiles.map((name) => kHere + name));
  for (const language of kLanguages) {
    const reply = await fetch(address(language), { cache: 'no-store' });
    const text = await reply.clone().text();
    if (!reply.ok || !text.includes(kHere)) throw new Error('the page is of another version');
    await cache.put(address(language), reply);
  }
}

/// Fills it again if the browser has cleared it.
async function refill() {
  const kept = await (await caches.open(kCache)).keys();
  if (kept.length < kFiles.length + kLanguages.length) await fill();
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith('scan ') && name !== kCache) await caches.delete(name);
  }
  await self.clients.claim();
}

/// The newest page, so that a new version shows up; the kept one if it doesn't come soon.
async function page(event) {
  const { request } = event;
  const kept = async () =>
    (await caches.open(kCache)).match(address(languageOf(request)));
  try {
    const reply = await fetch(request, { signal: AbortSignal.timeout(kPatience) });
    // All of it: the signal would also cut off what comes slowly.
    if (reply.type !== 'opaqueredirect') await reply.clone().arrayBuffer();
    if (reply.ok) event.waitUntil(refill().catch(() => {}));  // it may be of a newer version
    // A redirect leads to where one has to sign in to the network.
    if (reply.ok || reply.type === 'opaqueredirect') return reply;
    return await kept() ?? reply;
  } catch {
    return await kept() ?? Response.error();  // there is no network
  }
}

async function file(request) {
  const cache = await caches.open(kCache);
  return await cache.match(request, { ignoreVary: true }) ?? fetch(request);
}

function languageOf(request) {
  const wanted = [new URL(request.url).searchParams.get('lang'), ...navigator.languages];
  const known = wanted.map((tag) => tag?.slice(0, 2)).find((tag) => kLanguages.includes(tag));
  return known ?? 'en';
}

function address(language) {
  return `/scan?lang=${language}`;
}
