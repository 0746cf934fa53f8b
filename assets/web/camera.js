// The camera, and pictures as pixels.
const kMostPixels = 1280;  // of the longer side: enough for a code that fills a quarter of it
const kMostOfPhoto = 2400;

export class Camera {
  #video;
  #stream = null;
  #starts = 0;  // so that only the last one counts

  constructor(video) {
    this.#video = video;
  }

  get runs() {
    return this.#stream !== null;
  }

  /// What the camera gives now; null if it doesn't run.
  get stream() {
    return this.#stream;
  }

  /// Starts the camera with this id; without one, the one that looks away from the person. False if
  /// it was stopped or started again meanwhile. Fails as getUserMedia does.
  async start(id) {
    this.stop();
    const mine = this.#starts;
    const wanted = id ? { deviceId: { exact: id } } : { facingMode: { ideal: 'environment' } };
    if (!navigator.mediaDevices) throw new DOMException('no camera here', 'NotFoundError');
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false, video: { ...wanted, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    if (mine !== this.#starts) {
      end(stream);
      return false;
    }
    this.#stream = stream;
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => {});  // it was stopped already
    return this.#stream === stream;
  }

  stop() {
    ++this.#starts;
    end(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /// Returns the cameras of this device, and which one runs.
  async list() {
    const all = await navigator.mediaDevices.enumerateDevices();
    return {
      cameras: all.filter((each) => each.kind === 'videoinput'),
      running: this.#track?.getSettings().deviceId,
    };
  }

  get hasTorch() {
    return this.#track?.getCapabilities?.().torch === true;
  }

  async light(on) {
    await this.#track.applyConstraints({ advanced: [{ torch: on }] });
  }

  /// Returns what the camera sees now; null if it sees nothing yet.
  frame() {
    const { videoWidth, videoHeight } = this.#video;
    if (!this.#stream || videoWidth === 0) return null;
    return pixelsOf(this.#video, videoWidth, videoHeight, kMostPixels);
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }
}

/// Returns the pixels of a picture file. Fails if it is none.
export async function photoPixels(file) {
  const picture = await createImageBitmap(file);
  const pixels = pixelsOf(picture, picture.width, picture.height, kMostOfPhoto);
  picture.close();
  return pixels;
}

function end(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

let canvas;

function pixelsOf(picture, width, height, most) {
  const scale = Math.min(1, most / Math.max(width, height));
  canvas ??= document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
