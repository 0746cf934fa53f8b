// Packs: everything below a country or a city, kept for use without a network (docs/proof.md 5.1).
import { Trouble } from './ledger.js';
import { fetched, isDayOld, jsonOf, kDay } from './network.js';

const kAtMost = 16;
const kMostBytes = 32 << 20;  // of all packs: each is in memory, too
const kMostFound = 1 << 20;
const kStart = 'pack ';
const kWeek = 7 * kDay;
// docs/identifier.md 2.
const kPrefix = /^[0-9A-Z]{2,3}\.\d{3}(\.[0-9A-Z]{1,16}){0,8}$/;

export class Packs {
  #ledger;
  #judge;
  #kept;
  #last = Promise.resolve();  // settled when the last change of the list is done
  /// {prefix, size, time, fetched, error}, the newest ledger first. With `error` it can't be used.
  list = [];

  constructor(ledger, judge, kept) {
    this.#ledger = ledger;
    this.#judge = judge;
    this.#kept = kept;
  }

  /// Opens what is kept with the keys that count now. Until all are open, the list is what it was.
  begin() {
    return this.#inOrder(async () => {
      const opened = [];
      try {
        if (this.#ledger.trust) {
          for (const key of await this.#kept.keys(kStart))
            opened.push(await this.#reopened(key.slice(kStart.length), await this.#kept.get(key)));
        }
      } finally {
        // What isn't there any more, or wasn't reached, is of other keys.
        const gone = this.list.filter((pack) => !opened.some(of(pack.prefix)));
        this.list = opened.sort(byTime);
        for (const { prefix } of gone) await this.#judge.call('closePack', prefix);
      }
    });
  }

  async #reopened(prefix, { document, fetched: when }) {
    const said = await this.#ledger.openPack(prefix, document);
    if (said.error) await this.#judge.call('closePack', prefix);
    return { prefix, size: document.length, time: said.time ?? '', error: said.error,
      fetched: said.error ? 0 : when };
  }

  /// Fetches the pack of a prefix and keeps it instead of an older one. Fails with a `Trouble`.
  async keep(prefix) {
    await this.#fetch(prefix, () => true);
    navigator.storage?.persist?.().catch(() => {});
  }

  /// Fetches a pack and keeps it if `wanted`, called with the one that is kept, says so.
  async #fetch(prefix, wanted) {
    const others = () => this.list.filter((pack) => pack.prefix !== prefix);
    if (others().length >= kAtMost) throw new Trouble('no_room');
    const said = await this.#ledger.fetchPack(prefix);
    if (!said) throw new Trouble('no_network');
    const why = said.error === 'other' ? 'failed' : 'pack_failed';
    if (said.error) throw new Trouble(why, said.detail);
    const { document, time } = said;
    const pack = { prefix, size: document.length, time, fetched: Date.now() };
    try {
      await this.#inOrder(async () => {
        if (others().reduce((sum, { size }) => sum + size, pack.size) > kMostBytes)
          throw new RangeError(`the packs have more than ${kMostBytes} bytes`);
        const kept = await this.#kept.replace(kStart + prefix,
          (before) => (wanted(before) ? { document, fetched: pack.fetched } : undefined));
        if (kept) this.list = [...others(), pack].sort(byTime);
        else await this.#forget(prefix);
      });
    } catch (error) {
      await this.begin();
      throw new Trouble('no_room', String(error));
    }
  }

  remove(prefix) {
    return this.#inOrder(async () => {
      await this.#kept.remove(kStart + prefix);
      await this.#forget(prefix);
    });
  }

  async #forget(prefix) {
    await this.#judge.call('closePack', prefix);
    this.list = this.list.filter((pack) => pack.prefix !== prefix);
  }

  /// Fetches anew what is older than a day. What was removed meanwhile, here or in another tab,
  /// doesn't come back. Returns true if anything changed.
  async refresh() {
    let changed = false;
    for (const { prefix, fetched: when } of [...this.list]) {
      if (!isDayOld(when)) continue;
      const wanted = (before) => before !== undefined ||
        (!this.#kept.lasts && this.list.some(of(prefix)));
      changed = await this.#fetch(prefix, wanted).then(() => true, () => changed);
    }
    return changed;
  }

  /// Answers a question without a network.
  ask(question) {
    const usable = this.list.filter((pack) => !pack.error);
    return this.#judge.call('judgeByPacks', usable.map((pack) => pack.prefix),
      { ...question, now: this.#ledger.now });
  }

  /// True if a pack is too old to tell anything.
  isTooOld(pack) {
    return !pack.error && 1000 * this.#ledger.now - Date.parse(pack.time) > kWeek;
  }

  /// Runs one change of the list after the other.
  #inOrder(change) {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {});
    return done;
  }
}

const byTime = (one, other) => other.time.localeCompare(one.time);
const of = (prefix) => (pack) => pack.prefix === prefix;

/// Returns what may be kept for what somebody typed: a prefix, or cities of that name with their
/// countries; each as {prefix, names}. Fails with a `Trouble`.
export async function suggestions(text) {
  const typed = text.trim().toUpperCase().replace(/-..$/, '');
  if (kPrefix.test(typed)) return [{ prefix: typed, names: {} }];
  const reply = await fetched(`/search?limit=5&q=${encodeURIComponent(text.trim())}`, kMostFound,
    { headers: { Accept: 'application/json' } }).catch(() => null);
  if (!reply) throw new Trouble('no_network');
  const { results } = jsonOf(reply);
  const found = (Array.isArray(results) ? results : []).filter((each) => kPrefix.test(each?.id));
  if (reply.status !== 200 || found.length === 0) throw new Trouble('nothing_found');
  const countries = new Set(found.map(({ id }) => id.split('.').slice(0, 2).join('.')));
  return [...found.map(({ id, names }) => ({ prefix: id, names: names ?? {} })),
    ...[...countries].map((prefix) => ({ prefix, names: {} }))];
}
