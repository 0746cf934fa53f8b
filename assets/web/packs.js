// Packs: everything below a country or a city, kept for use without a network (docs/proof.md 5.1).
import { kDay, timed } from './network.js';
import { Trouble } from './ledger.js';

const kAtMost = 16;
const kStart = 'pack ';
const kWeek = 7 * kDay;

export class Packs {
  #ledger;
  #judge;
  #kept;
  /// {prefix, size, time, fetched}, the newest ledger first.
  list = [];

  constructor(ledger, judge, kept) {
    this.#ledger = ledger;
    this.#judge = judge;
    this.#kept = kept;
  }

  /// Opens what is kept. What can't be opened any more is removed.
  async begin() {
    for (const key of await this.#kept.keys(kStart)) {
      const prefix = key.slice(kStart.length);
      const { document, fetched } = await this.#kept.get(key);
      const said = await this.#ledger.openPack(prefix, document);
      if (said.error) await this.#kept.remove(key);
      else this.#add({ prefix, size: document.length, time: said.time, fetched });
    }
  }

  /// Fetches the pack of a prefix and keeps it instead of an older one. Fails with a `Trouble`.
  async keep(prefix) {
    if (this.list.length >= kAtMost && !this.#find(prefix)) throw new Trouble('no_room');
    const said = await this.#ledger.fetchPack(prefix);
    if (!said) throw new Trouble('pack_failed', 'no network');
    if (said.error) throw new Trouble('pack_failed', said.detail);
    try {
      const fetched = Date.now();
      await this.#kept.set(kStart + prefix, { document: said.document, fetched });
      this.#add({ prefix, size: said.document.length, time: said.time, fetched });
    } catch (error) {
      if (!this.#find(prefix)) await this.#judge.call('closePack', prefix);
      throw new Trouble('no_room', String(error));
    }
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
    for (const { prefix, fetched } of [...this.list]) {
      if (Date.now() - fetched < kDay) continue;
      changed = await this.keep(prefix).then(() => true, () => changed);
    }
    return changed;
  }

  /// Answers a question without a network.
  ask(question) {
    return this.#judge.call('judgeByPacks', this.list.map((pack) => pack.prefix), question);
  }

  #find(prefix) {
    return this.list.find((pack) => pack.prefix === prefix);
  }

  #add(pack) {
    this.list = [...this.list.filter((each) => each.prefix !== pack.prefix), pack]
      .sort((one, other) => other.time.localeCompare(one.time));
  }
}

export function isTooOld(pack) {
  return Date.now() - Date.parse(pack.time) > kWeek;
}

/// Returns what may be kept for what somebody typed: a prefix, or cities of that name with their
/// countries; each as {prefix, names}.
export async function suggestions(text) {
  const typed = text.trim().toUpperCase();
  if (/^MA(\.[0-9A-Z]+)+$/.test(typed)) return [{ prefix: typed, names: {} }];
  const reply = await timed(`/search?limit=5&q=${encodeURIComponent(text.trim())}`,
    { Accept: 'application/json' });
  if (!reply.ok) throw new Trouble('nothing_found');
  const { results } = await reply.json();
  const countries = new Set(results.map(({ id }) => id.split('.').slice(0, 2).join('.')));
  return [...results.map(({ id, names }) => ({ prefix: id, names })),
    ...[...countries].map((prefix) => ({ prefix, names: {} }))];
}
