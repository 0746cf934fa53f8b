// The part of the page with the camera and the photo.
import { Camera, photoPixels } from './camera.js';
import { button, element, fileButton } from './element.js';
import { words } from './words.js';

const kPause = 60;  // milliseconds between pictures, so that a phone stays cool

/// Returns the part. `reader` finds codes; `say` tells a line, `clear` takes the last result away,
/// and `judgeFirst(codes, began)` judges what was found.
export function scanPart(reader, { say, clear, judgeFirst }) {
  const video = element('video', { playsinline: true, muted: true, hidden: true,
    'aria-label': words('which_camera') });
  const camera = new Camera(video);
  const which = element('select', { 'aria-label': words('which_camera'), hidden: true });
  const torch = button(words('torch'), light, { 'aria-pressed': 'false', hidden: true });
  const start = button(words('camera'), () => (camera.runs ? stop('') : run()), { id: 'camera' });
  const photo = fileButton(words('photo'), readPhoto, { accept: 'image/*', id: 'photo' });
  which.addEventListener('change', () => run(which.value));
  document.addEventListener('visibilitychange', () => document.hidden && camera.runs && stop(''));
  reader.started.catch(() => {
    say(words('no_reader'));
    start.disabled = true;
    photo.hidden = true;
  });
  return element('div', {}, video, element('div', { class: 'tools' }, start, photo, torch, which));

  async function run(id) {
    clear();
    try {
      await camera.start(id);
    } catch (error) {
      const missing = ['NotFoundError', 'OverconstrainedError'].includes(error.name);
      return stop(words(missing ? 'no_camera' : 'camera_refused'));
    }
    show(true);
    say(words('looking'));
    await offerCameras();
    await look();
  }

  function stop(text) {
    camera.stop();
    show(false);
    say(text);
  }

  function show(runs) {
    video.hidden = !runs;
    start.textContent = words(runs ? 'stop' : 'camera');
    torch.hidden = !runs || !camera.hasTorch;
    torch.setAttribute('aria-pressed', 'false');
    if (!runs) which.hidden = true;
  }

  async function offerCameras() {
    const { cameras, running } = await camera.list();
    which.replaceChildren(...cameras.map(({ deviceId, label }) => {
      const option = element('option', { value: deviceId }, label);
      option.selected = deviceId === running;
      return option;
    }));
    which.hidden = cameras.length < 2;
  }

  /// Reads one picture after the other until there is a code in one.
  async function look() {
    while (camera.runs) {
      const began = performance.now();
      const picture = camera.frame();
      const codes = picture ? await read(picture).catch(() => null) : [];
      if (codes === null) return stop(words('no_reader'));
      if (codes.length > 0 && camera.runs) {
        stop('');
        return judgeFirst(codes, began);
      }
      await new Promise((resolve) => setTimeout(resolve, kPause));
    }
  }

  async function readPhoto(file) {
    if (camera.runs) stop('');
    clear();
    const began = performance.now();
    const codes = await photoPixels(file).then(read).catch(() => []);
    if (codes.length > 0) await judgeFirst(codes, began);
    else say(words('nothing_in_photo'));
  }

  async function light() {
    const on = torch.getAttribute('aria-pressed') !== 'true';
    await camera.light(on).catch(() => {});
    torch.setAttribute('aria-pressed', String(on));
  }

  function read({ width, height, data }) {
    return reader.call('read', width, height, data);
  }
}
