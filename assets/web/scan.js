// The part of the page with the camera and the photo.
import { Camera, photoPixels } from './camera.js';
import { button, element, fileButton } from './element.js';
import { isDocument } from './sealed.js';
import { words } from './words.js';

const kPause = 60;  // milliseconds between pictures, so that a phone stays cool
/// What is said if the camera doesn't start, by the name of the browser's error.
const kWhyNot = { NotFoundError: 'no_camera', OverconstrainedError: 'no_camera',
  NotReadableError: 'camera_busy', AbortError: 'camera_busy' };

/// Returns the place of the camera's picture, the tools, `again(yes)`, which says whether a result
/// is shown, and `rest`, which stops the camera. `reader` finds codes; `say` tells a line, `clear`
/// takes the last result away and returns what says if nothing else was asked since,
/// `judgeAll(codes, picture, began)` judges what was found, and `judgeFile(file)` a document.
export function scanPart(reader, { say, clear, judgeAll, judgeFile }) {
  const video = element('video', { playsinline: true, muted: true });
  video.muted = true;  // the attribute counts for a page that was parsed
  const camera = new Camera(video);
  const stage = element('div', { class: 'stage', hidden: true, role: 'img',
    'aria-label': words('which_camera') }, video);
  const which = element('select', { 'aria-label': words('which_camera'), hidden: true });
  const torch = button(words('torch'), light,
    { id: 'torch', class: 'second', 'aria-pressed': 'false', hidden: true });
  const start = button(words('camera'), () => (camera.runs ? stop('') : run()), { id: 'camera' });
  const photo = fileButton(words('photo'), take, { accept: 'image/*', id: 'photo' });
  const file = fileButton(words('seal_file'), take, { accept: '.pdf,application/pdf', id: 'file' });
  which.addEventListener('change', () => run(which.value));
  document.addEventListener('visibilitychange', () => document.hidden && rest());
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    takeDropped([...event.dataTransfer.files]);
  });
  reader.started.catch(() => {
    say(words('no_reader'));
    start.disabled = true;
    photo.hidden = true;
  });
  let resting = 'camera';  // the name of the text on the button that starts
  const tools = element('div', { class: 'tools' }, start, photo, file, torch, which);
  return { stage, tools, again, rest };

  function rest() {
    if (camera.runs) stop('');
  }

  function again(yes) {
    resting = yes ? 'again' : 'camera';
    start.textContent = words(camera.runs ? 'stop' : resting);
  }

  async function run(id) {
    clear();
    torch.setAttribute('aria-pressed', 'false');  // another camera has its own light
    try {
      if (!await camera.start(id)) return;
    } catch (error) {
      return stop(words(kWhyNot[error.name] ?? 'camera_refused'));
    }
    show(true);
    say(words('looking'));
    stage.scrollIntoView({ block: 'nearest' });
    offerCameras().catch((error) => console.warn(error));  // the one that runs is enough
    await look().catch((error) => {
      console.error(error);
      stop(words('failed'));
    });
  }

  function stop(text) {
    camera.stop();
    show(false);
    say(text);
  }

  function show(runs) {
    stage.hidden = !runs;
    start.textContent = words(runs ? 'stop' : resting);
    torch.hidden = !runs || !camera.hasTorch;
    if (!runs) which.hidden = true;
  }

  async function offerCameras() {
    const { cameras, running } = await camera.list();
    which.replaceChildren(...cameras.map(({ deviceId, label }, i) => {
      const option = element('option', { value: deviceId }, label || String(i + 1));
      option.selected = deviceId === running;
      return option;
    }));
    which.hidden = cameras.length < 2 || !camera.runs;
  }

  /// Reads one picture after the other until there is a code in one.
  async function look() {
    const running = camera.stream;
    while (running !== null && camera.stream === running) {
      const began = performance.now();
      const picture = camera.frame();
      const codes = picture ? await read(picture).catch(() => null) : [];
      if (camera.stream !== running) return;
      if (!running.active) return stop(words('no_camera'));  // it was unplugged
      if (codes === null) return stop(words('no_reader'));
      if (codes.length > 0) {
        stop('');
        navigator.vibrate?.(60);
        return judgeAll(codes, picture, began);
      }
      await new Promise((resolve) => setTimeout(resolve, kPause));
    }
  }

  /// Takes a file that was chosen or dropped on the page.
  async function take(given) {
    const isLast = clear();
    let document;
    try {
      document = await isDocument(given);
    } catch (error) {
      console.warn(error);  // it is a folder, or gone
      return say(words('unreadable_file'));
    }
    if (!isLast()) return;
    if (document) await judgeFile(given);
    else await readPhoto(given);
  }

  async function takeDropped(files) {
    if (files.length === 1) return take(files[0]);
    if (files.length === 0) return;
    clear();
    say(words('one_file'));
  }

  async function readPhoto(given) {
    rest();
    const isLast = clear();
    say(words('looking'));
    const began = performance.now();
    let picture;
    let codes = [];
    try {
      picture = await photoPixels(given);
      codes = await read(picture);
    } catch (error) {
      console.warn(error);  // it is no picture, or too large
    }
    if (!isLast()) return;
    if (codes.length > 0) await judgeAll(codes, picture, began);
    else say(words('nothing_in_photo'));
  }

  async function light() {
    const on = torch.getAttribute('aria-pressed') !== 'true';
    await camera.light(on).then(() => torch.setAttribute('aria-pressed', String(on)), () => {});
  }

  function read({ width, height, data }) {
    return reader.call('read', width, height, data);
  }
}
