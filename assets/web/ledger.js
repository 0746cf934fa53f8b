// How this page comes to an answer: with a proof from its own host, or with the packs that it
// keeps. Whom it believes is the trust file, and never the host.
import { fetched, jsonOf, kDay, textOf, within } from './network.js';

const kMostTrust = 64 * 1024;
const kMostProof = 1 << 20;
const kMostPack = 16 << 20;
const kPatienceForPack = 120_000;    // milliseconds
const kPatienceForPolicies = 10_000;
const kMostPolicies = 512;

/// Something that is told to the person: `why` is the name of a text.
export class Trouble extends Error {
  constructor(why, detail = '') {
    super(detail);
    this.why = why;
  }
}

let turn = Promise.resolve();

/// Runs one piece of work after the other, in all tabs with this page if the browser can do that.
function inTurn(work) {
  if (navigator.locks) return navigator.locks.request('cityid', work);
  const done = turn.then(work);
  turn = done.catch(() => {});
  return done;
}

export class Ledger {
  #judge;
  #kept;

  constructor(judge, kept) {
    this.#judge = judge;
    this.#kept = kept;
  }

  /// The trust file: its text, and whether the person chose it.
  trust = null;
  chosen = false;
  /// Called when it has become another one.
  changed = async () => {};

  /// Takes the trust file that is kept; the first time, that of the host.
  async begin() {
    const kept = await this.#kept.get('trust');
    if (kept) [this.trust, this.chosen] = [kept.text, kept.chosen];
    else await this.takeFromHost().catch(() => {});
  }

  /// Takes the trust file of the host. Fails with a `Trouble`.
  async takeFromHost() {
    const reply = await fetched('/ledger/trust', kMostTrust).catch(() => null);
    if (reply?.status !== 200) throw new Trouble('no_keys');
    await this.#takeInstead(textOf(reply), false);
    await this.#kept.note('refreshed', Date.now());
  }

  /// Takes a trust file from the person. Fails with a `Trouble`.
  choose(text) {
    return this.#takeInstead(text, true);
  }

  /// How many of how many institutes must agree. Nothing if the trust file counts otherwise.
  get quorum() {
    const [, quorum, members] = /^group institutes (\d+)((?: \S+)+)$/m.exec(this.trust ?? '') ?? [];
    return members && { quorum, institutes: members.trim().split(' ').length };
  }

  /// Answers a question by the host's proof. Nothing if the host can't be reached or has none.
  async askHost(path, question) {
    await this.#needTrust();
    return this.#askedTwice(() => this.#asked(`/${path}/proof`, kMostProof, {},
      (opened) => this.#judge.call('judge', opened, question)));
  }

  /// Fetches a pack and accepts it. Nothing if the host can't be reached; else `document` beside
  /// what the checker says of it, or `error`.
  async fetchPack(prefix) {
    await this.#needTrust();
    let document;
    const said = await this.#askedTwice(() => this.#asked(`/${prefix}/pack`, kMostPack,
      { signal: within(kPatienceForPack) }, (opened) => {
        document = opened.document;
        return this.#judge.call('openPack', prefix, opened);
      }));
    return said && { ...said, document };
  }

  /// Opens a pack that was accepted before.
  openPack(prefix, document) {
    return this.#opened(document, (opened) => this.#judge.call('openPack', prefix, opened));
  }

  /// Follows the policies since that of the trust file. False if there was nothing newer.
  async bringForward() {
    const { version } = await this.#judge.call('trustVersion', this.trust);
    const how = { signal: within(kPatienceForPolicies) };
    const proofs = [];
    for (let next = version || 1; proofs.length < kMostPolicies; ++next) {
      const reply = await fetched(`/ledger/policies/${next}`, kMostProof, how).catch(() => null);
      if (reply?.status === 404) break;
      if (reply?.status !== 200) return false;
      proofs.push(reply.bytes);
    }
    const checkpoint = await fetched('/ledger/checkpoint', kMostTrust, how).catch(() => null);
    if (checkpoint?.status !== 200 || proofs.length === 0) return false;
    const { trust } = await this.#judge.call('updateTrust',
      { trust: this.trust, proofs, checkpoint: checkpoint.bytes, now: now() });
    if (!trust || trust === this.trust) return false;
    await this.#take(trust, this.chosen);
    return true;
  }

  /// Does so once a day. Until the first time, there may be no trust file.
  async refresh() {
    if (!this.trust) return this.begin();
    if (Date.now() - (await this.#kept.get('refreshed') ?? 0) < kDay) return;
    await this.bringForward();
    await this.#kept.note('refreshed', Date.now());
  }

  async #needTrust() {
    if (this.trust) return;
    await this.takeFromHost().catch(({ message }) => { throw new Trouble('no_keys', message); });
  }

  /// Asks once more if what came isn't accepted: the keys may have changed, or another tab has seen
  /// a newer head meanwhile.
  async #askedTwice(ask) {
    const said = await ask();
    if (!['refused', 'forged'].includes(said?.error)) return said;
    await this.bringForward();
    return ask();
  }

  /// What was seen under other keys counts no more.
  async #takeInstead(text, chosen) {
    const { error, detail } = await this.#judge.call('trustVersion', text);
    if (error) throw new Trouble('keys_refused', detail);
    await this.#kept.remove('keptHead');
    await this.#take(text, chosen);
  }

  async #take(text, chosen) {
    [this.trust, this.chosen] = [text, chosen];
    await this.#kept.note('trust', { text, chosen });
    await this.changed();
  }

  /// Fetches a document, and what continues the kept head with it. Nothing if the host can't be
  /// reached, or can't answer now.
  async #asked(path, most, how, use) {
    const size = (await this.#kept.get('keptHead'))?.split('\n')[1];
    const asked = size ? `${path}?since=${size}` : path;
    let reply;
    try {
      reply = await fetched(asked, most, how);
    } catch (error) {
      return error instanceof RangeError ? { error: 'host', detail: error.message } : null;
    }
    if (reply.status === 429 || reply.status >= 500) return null;
    if (reply.status === 200) return this.#opened(reply.bytes, use);
    return { error: 'host', detail: String(jsonOf(reply).detail ?? reply.status) };
  }

  /// Opens a document with the kept head, and keeps the new one before anything else is opened.
  #opened(document, use) {
    return inTurn(async () => {
      const keptHead = await this.#kept.get('keptHead') ?? '';
      const said = await use({ trust: this.trust, document, keptHead, now: now() });
      if (said.keptHead) await this.#kept.note('keptHead', said.keptHead);
      return said;
    });
  }
}

export function now() {
  return Math.floor(Date.now() / 1000);
}
