// Packs: everything below a country or a city, kept for use without a network (docs/proof.md 5.1).
import { Trouble } from './ledger.js';
import { fetched, jsonOf, kDay } from './network.js';

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
  /// {prefix, size, time, fetched, error}, the newest ledger first. With `error` it can't be used.
  list = [];

  constructor(ledger, judge, kept) {
    this.#ledger = ledger;
    this.#judge = judge;
    this.#kept = kept;
  }

  /// Opens what is kept with the keys that count now.
  async begin() {
    this.list = [];
    if (!this.#ledger.trust) return;
    for (const key of await this.#kept.keys(kStart)) {
      const prefix = key.slice(kStart.length);
      const { document, fetched: when } = await this.#kept.get(key);
      const said = await this.#ledger.openPack(prefix, document);
      if (said.error) await this.#judge.call('closePack', prefix);
      this.#add({ prefix, size: document.length, time: said.time ?? '', error: said.error,
        fetched: said.error ? 0 : when });
    }
  }

  /// Fetches the pack of a prefix and keeps it instead of an older one. Fails with a `Trouble`.
  async keep(prefix) {
    const others = this.list.filter((pack) => pack.prefix !== prefix);
    if (others.length >= kAtMost) throw new Trouble('no_room');
    const said = await this.#ledger.fetchPack(prefix);
    if (!said) throw new Trouble('no_network');
    if (said.error) throw new Trouble('pack_failed', said.detail);
    const { document, time } = said;
    const pack = { prefix, size: document.length, time, fetched: Date.now() };
    try {
      if (others.reduce((sum, { size }) => sum + size, pack.size) > kMostBytes)
        throw new RangeError(`the packs have more than ${kMostBytes} bytes`);
      await this.#kept.set(kStart + prefix, { document, fetched: pack.fetched });
    } catch (error) {
      await this.begin();
      throw new Trouble('no_room', String(error));
    }
    this.#add(pack);
    navigator.storage?.persist?.().catch(() => {});
  }

  async remove(prefix) {
    await this.#kept.remove(kStart + prefix);
    await this.#judge.call('closePack', prefix);
    this.list = this.list.filter((pack) => pack.prefix !== prefix);
  }

  /// Fetches anew what is older than a day. Returns true if anything changed.
  async refresh() {
    let changed = false;
    for (const { prefix, fetched: when } of [...this.list]) {
      if (Date.now() - when < kDay) continue;
      changed = await this.keep(prefix).then(() => true, () => changed);
    }
    return changed;
  }

  /// Answers a question without a network.
  ask(question) {
    const usable = this.list.filter((pack) => !pack.error);
    return this.#judge.call('judgeByPacks', usable.map((pack) => pack.prefix), question);
  }

  #add(pack) {
    this.list = [...this.list.filter((each) => each.prefix !== pack.prefix), pack]
      .sort((one, other) => other.time.localeCompare(one.time));
  }
}

export function isTooOld(pack) {
  return !pack.error && Date.now() - Date.parse(pack.time) > kWeek;
}

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
