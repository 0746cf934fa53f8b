// The checker of CityID for browsers and Node: cityid.wasm behind functions with strings and objects.
// cityid.d.ts describes them, and sdk/cityid.h what they verify.

const ERRORS = [
  '', 'usage', 'malformed', 'unsupported', 'too-large', 'forged', 'refused', 'unreached', 'other',
];

export class CityIdError extends Error {
  constructor(code, detail) {
    super(detail);
    this.name = 'CityIdError';
    this.code = code;
  }
}

/** The compiled module, from wherever it is to come. */
async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  let response = await source;
  if (typeof response === 'string' || response instanceof URL) {
    const url = new URL(response, import.meta.url);
    if (url.protocol === 'file:') {
      const { readFile } = await import('node:fs/promises');
      return WebAssembly.compile(await readFile(url));
    }
    response = await fetch(url);
  }
  if (!response.ok) throw new Error(`cityid: ${response.url} answered ${response.status}`);
  return WebAssembly.compileStreaming(response);
}

/** What the C library imports of WASI. There are no files: every call fails (8: bad descriptor). */
function wasi(module) {
  const calls = WebAssembly.Module.imports(module).map(({ name }) => [name, () => 8]);
  return { wasi_snapshot_preview1: Object.fromEntries(calls) };
}

/** Bytes of a call, in the memory of the module for as long as the call lasts. */
class Arguments {
  #exports;
  #taken = [];

  constructor(exports) {
    this.#exports = exports;
  }

  /** Copies the input; returns its address and its size. */
  put(input = '') {
    const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
    if (!(bytes instanceof Uint8Array)) throw new TypeError('cityid: neither text nor Uint8Array');
    const at = this.#exports.malloc(bytes.length || 1);
    if (at === 0) throw new RangeError('cityid: no memory left');
    this.#taken.push(at);
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
    return [at, bytes.length];
  }

  /** The same with numbers of 32 bits. */
  putNumbers(numbers) {
    return this.put(new Uint8Array(new Uint32Array(numbers).buffer));
  }

  free() {
    for (const at of this.#taken) this.#exports.free(at);
  }
}

class CityId {
  #exports;

  constructor(exports) {
    this.#exports = exports;
    this.version = this.#string(exports.cityid_version());
  }

  open({ trust, document, keptHead = '', now }) {
    return this.#open(this.#exports.cityid_open, trust, document, keptHead, now);
  }

  openPack({ trust, pack, keptHead = '', now }) {
    return this.#open(this.#exports.cityid_open_pack, trust, pack, keptHead, now);
  }

  #open(opener, trust, document, keptHead, now) {
    const wasm = this.#exports;
    const proof = this.#with((put) =>
      opener(...put(trust), ...put(document), ...put(keptHead), seconds(now)));
    let keep;
    try {
      keep = this.#text(wasm.cityid_opened(proof));
    } catch (error) {
      wasm.cityid_close(proof);
      throw error;
    }
    return new Proof(proof, keep, wasm, (call) => this.#judgement(call));
  }

  parse(scanned) {
    return JSON.parse(this.#result((put) => this.#exports.cityid_parse(...put(scanned))));
  }

  about(scanned) {
    return this.#result((put) => this.#exports.cityid_about(...put(scanned)));
  }

  seals(file) {
    return JSON.parse(this.#result((put) => this.#exports.cityid_seals(...put(file))));
  }

  trustVersion(trust) {
    const version = this.#with((put) => this.#exports.cityid_trust_version(...put(trust)));
    if (version < 0) throw new CityIdError('malformed', 'no trust file');
    return Number(version);
  }

  updateTrust({ trust, proofs, checkpoint, now }) {
    return this.#result((put, putNumbers) => {
      const put_proofs = proofs.map((proof) => put(proof));
      const [at] = putNumbers(put_proofs.map(([address]) => address));
      const [sizes] = putNumbers(put_proofs.map(([, size]) => size));
      return this.#exports.cityid_update_trust(
        ...put(trust), at, sizes, proofs.length, ...put(checkpoint), seconds(now));
    });
  }

  title(verdict, language = 'en') {
    return this.#of(verdict, language, this.#exports.cityid_verdict_title);
  }

  advice(verdict, language = 'en') {
    return this.#of(verdict, language, this.#exports.cityid_verdict_advice);
  }

  #of(verdict, language, text) {
    const name = (number) => this.#string(this.#exports.cityid_verdict_name(number));
    let number = 1;
    while (name(number) !== verdict && name(number) !== '') ++number;
    return this.#with((put) => this.#string(text(number, put(`${language}\0`)[0])));
  }

  /** Runs a call that is given ways to hand in bytes. */
  #with(call) {
    const given = new Arguments(this.#exports);
    try {
      return call((input) => given.put(input), (numbers) => given.putNumbers(numbers));
    } finally {
      given.free();
    }
  }

  /** Runs a call that makes a result; returns its text. */
  #result(call, read = (result) => this.#text(result)) {
    const result = this.#with(call);
    try {
      return read(result);
    } finally {
      this.#exports.cityid_free(result);
    }
  }

  #judgement(call) {
    const wasm = this.#exports;
    return this.#result(call, (result) => {
      const json = this.#text(result);
      return {
        verdict: this.#string(wasm.cityid_verdict_name(wasm.cityid_verdict(result))),
        detail: this.#string(wasm.cityid_detail(result)),
        json,
        answer: JSON.parse(json),
      };
    });
  }

  #text(result) {
    const status = this.#exports.cityid_status(result);
    if (status !== 0)
      throw new CityIdError(ERRORS[status] ?? 'other', this.#string(this.#exports.cityid_detail(result)));
    return this.#string(this.#exports.cityid_text(result, 0));
  }

  /** Reads text that a zero byte ends. */
  #string(at) {
    const memory = new Uint8Array(this.#exports.memory.buffer);
    return new TextDecoder().decode(memory.subarray(at, memory.indexOf(0, at)));
  }
}

class Proof {
  #at;
  #exports;
  #judgement;

  constructor(at, keptHead, exports, judgement) {
    this.#at = at;
    this.keptHead = keptHead;
    this.#exports = exports;
    this.#judgement = judgement;
  }

  judge(scanned, { now, hostCounts = true } = {}) {
    return this.#judgement((put) =>
      this.#exports.cityid_judge(this.#at, ...put(scanned), seconds(now), hostCounts ? 1 : 0));
  }

  lookUp(id, { now } = {}) {
    return this.#judgement((put) =>
      this.#exports.cityid_look_up(this.#at, ...put(id), seconds(now)));
  }

  /** Frees it; a call on a closed proof fails. */
  close() {
    this.#exports.cityid_close(this.#at);
    this.#at = 0;
  }
}

function seconds(now = Date.now() / 1000) {
  return BigInt(Math.floor(now));
}

export async function load(source = new URL('cityid.wasm', import.meta.url)) {
  const module = await compile(source);
  const { exports } = await WebAssembly.instantiate(module, wasi(module));
  exports._initialize();
  return new CityId(exports);
}
