// What this page keeps on the device, in IndexedDB: the trust file, the newest head that was seen,
// and packs. Without IndexedDB it is kept as long as the page is open.
const kDatabase = 'cityid';

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class Kept {
  #database;
  #values = new Map();  // what the database has not

  constructor(database) {
    this.#database = database;
    // The browser takes it away, because the device is full or somebody clears what is kept.
    if (database) database.onclose = () => { this.#database = null; };
  }

  /// True if what is kept outlives the page.
  get lasts() {
    return this.#database !== null;
  }

  async get(key) {
    if (!this.lasts || this.#values.has(key)) return this.#values.get(key);
    return done(this.#store('readonly').get(key));
  }

  /// Keeps a value. Fails if there is no room; then the value before stays.
  async set(key, value) {
    if (!this.lasts) return void this.#values.set(key, value);
    const store = this.#store('readwrite');
    const whole = ended(store.transaction);
    store.put(value, key);
    await whole;
    this.#values.delete(key);
  }

  /// Keeps a small value, if there is no room as long as the page is open.
  async note(key, value) {
    await this.set(key, value).catch(() => this.#values.set(key, value));
  }

  async remove(key) {
    this.#values.delete(key);
    if (this.lasts) await done(this.#store('readwrite').delete(key));
  }

  /// Returns the keys that begin with a text, in order.
  async keys(start) {
    const stored = this.lasts ? await done(this.#store('readonly').getAllKeys()) : [];
    const keys = new Set([...stored, ...this.#values.keys()]);
    return [...keys].filter((key) => key.startsWith(start)).sort();
  }

  #store(mode) {
    return this.#database.transaction('kept', mode).objectStore('kept');
  }
}

/// Waits until a transaction is on the disk.
function ended(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error('it was aborted'));
  });
}

/// Opens what is kept.
export async function openKept() {
  try {
    const request = indexedDB.open(kDatabase, 1);
    request.onupgradeneeded = () => request.result.createObjectStore('kept');
    return new Kept(await done(request));
  } catch {
    return new Kept(null);
  }
}
