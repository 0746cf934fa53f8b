// Keeps this page on the device, and says when there is a newer one.
import { element } from './element.js';
import { fetched, textOf } from './network.js';
import { words } from './words.js';

const kHere = new URL('.', import.meta.url).pathname;  // "/scan/VERSION/"
const kHour = 3600 * 1000;
const kMostPage = 1 << 18;

/// Registers the service worker of this version. `tell` gets what is to be shown if the page that
/// is open is not the newest one any more; `notKept` is called if the browser doesn't keep it.
export function keepPage(tell, notKept) {
  if (!('serviceWorker' in navigator)) return void notKept();
  let looked = Date.now();
  let told = false;
  const notice = () => {
    if (told) return;
    told = true;
    tell(`${words('newer')} `, element('a', { href: location.href }, words('reload')));
  };
  navigator.serviceWorker.register(`${kHere}service.worker.js`, { scope: '/scan' })
    .then((registration) => {
      const { installing } = registration;
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'redundant' && !registration.active) notKept();
      });
    })
    .catch((error) => {
      console.error(error);
      notKept();
    });
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    const script = navigator.serviceWorker.controller?.scriptURL;
    if (script && new URL(script).pathname !== `${kHere}service.worker.js`) notice();
  });
  // An installed page may stay open for days.
  document.addEventListener('visibilitychange', async () => {
    if (document.hidden || Date.now() - looked < kHour) return;
    looked = Date.now();
    const reply = await fetched('/scan', kMostPage).catch(() => null);
    if (reply?.status === 200 && !textOf(reply).includes(kHere)) notice();
  });
}
