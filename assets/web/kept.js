// What this page keeps on the device, in IndexedDB: whom it believes, the newest head that was
// seen, and packs. Without IndexedDB it is kept as long as the page is open.
const kDatabase = 'cityid';

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class Kept {
  #database;
  #values = new Map();  // all that is kept, without a database
  #known = new Map();   // {value, stored}: small values, and what the database had then

  constructor(database) {
    this.#database = database;
    if (!database) return;
    // The browser takes it away, because the device is full or somebody clears what is kept.
    database.onclose = () => {
      this.#database = null;
      this.lost();
    };
  }

  /// Called when what is kept is lost, but for small values.
  lost = () => {};

  /// True if what is kept outlives the page.
  get lasts() {
    return this.#database !== null;
  }

  async get(key) {
    return this.lasts ? done(this.#store('readonly').get(key)) : this.#values.get(key);
  }

  /// Keeps a value. Fails if there is no room; then the value before stays.
  async set(key, value) {
    await this.replace(key, () => value);
  }

  /// Keeps what `change` returns for the value that is kept; nothing changes if it returns
  /// undefined. Returns true if it was kept. Fails as `set` does.
  async replace(key, change) {
    if (!this.lasts) {
      const value = change(this.#values.get(key));
      if (value !== undefined) this.#values.set(key, value);
      return value !== undefined;
    }
    const store = this.#store('readwrite');
    const whole = ended(store.transaction);
    let kept = false;
    store.get(key).onsuccess = ({ target }) => {
      const value = change(target.result);
      kept = value !== undefined;
      if (kept) store.put(value, key);
    };
    await whole;
    return kept;
  }

  /// Returns a small value: the last one that this page had, if the database has lost it or had no
  /// room for it. What another tab kept meanwhile comes first.
  async recall(key) {
    const stored = await this.get(key);
    const known = this.#known.get(key);
    if (known && (stored === undefined || same(stored, known.stored))) return known.value;
    if (stored !== undefined) this.#known.set(key, { value: stored, stored });
    return stored;
  }

  /// Keeps a small value. Fails if there is no room; then the value before stays.
  async hold(key, value) {
    await this.set(key, value);
    this.#known.set(key, { value, stored: value });
  }

  /// Keeps a small value, if there is no room as long as the page is open.
  async note(key, value) {
    await this.hold(key, value).catch(() =>
      this.#known.set(key, { value, stored: this.#known.get(key)?.stored }));
  }

  async remove(key) {
    this.#values.delete(key);
    if (this.lasts) await done(this.#store('readwrite').delete(key));
  }

  /// Returns the keys that begin with a text, in order.
  async keys(start) {
    const keys = this.lasts ? await done(this.#store('readonly').getAllKeys())
      : [...this.#values.keys()];
    return keys.filter((key) => key.startsWith(start)).sort();
  }

  #store(mode) {
    return this.#database.transaction('kept', mode).objectStore('kept');
  }
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
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
