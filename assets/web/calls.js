// Calls into a worker: each message is a call, and each reply its result.
const kDeadline = 60_000;  // milliseconds: a worker may have been ended for want of memory

/// A worker whose functions are called by name.
export class Calls {
  #worker;
  #waiting = new Map();  // {resolve, reject, timer} by the number of the call
  #last = 0;
  #failed = null;

  /// `started` resolves when the worker says that it is ready, and fails if it can't be.
  constructor(file, options) {
    this.#worker = new Worker(new URL(file, import.meta.url), options);
    this.started = new Promise((resolve, reject) => {
      this.#waiting.set(0, { resolve, reject });
    });
    this.started.catch(() => {});
    this.#worker.onmessage = ({ data }) => this.#take(data);
    this.#worker.onerror = (event) => {
      this.#failed = new Error(event.message || `${file} could not be loaded`);
      for (const id of [...this.#waiting.keys()]) this.#take({ id, error: this.#failed.message });
    };
  }

  call(name, ...values) {
    if (this.#failed) return Promise.reject(this.#failed);
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const late = () => this.#take({ id, error: `no answer to ${name}` });
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(late, kDeadline) });
      this.#worker.postMessage({ id, name, values });
    });
  }

  #take({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);  // it holds on to the values of the call
    if (error !== undefined) waiting.reject(new Error(error));
    else waiting.resolve(result);
  }
}
