// How this page comes to an answer: with a proof from its own host, or with the packs that it
// keeps. Whom it believes is the trust file, and never the host.
import { fetched, isDayOld, jsonOf, textOf, within } from './network.js';

const kMostTrust = 64 * 1024;
const kMostProof = 1 << 20;
const kMostPack = 16 << 20;
const kPatienceForPack = 120_000;    // milliseconds
const kPatienceForPolicies = 10_000;
const kPatienceForTurn = 20_000;
const kMostPolicies = 512;
const kHeld = 'ledger';  // the key of what is believed: one value, so that its parts agree
const kRefreshed = 'refreshed';  // the key of when policies were last asked for, as Date.now()

/// Something that is told to the person: `why` is the name of a text.
export class Trouble extends Error {
  constructor(why, detail = '') {
    super(detail);
    this.why = why;
  }
}

let turn = Promise.resolve();

/// Runs one piece of work after the other, in all tabs with this page if the browser can do that.
/// Fails if another one takes too long.
function inTurn(work) {
  if (navigator.locks)
    return navigator.locks.request('cityid', { signal: within(kPatienceForTurn) }, work);
  const done = turn.then(work);
  turn = done.catch(() => {});
  return done;
}

export class Ledger {
  #judge;
  #kept;
  #following = null;  // the promise of following the policies, as long as that lasts

  constructor(judge, kept) {
    this.#judge = judge;
    this.#kept = kept;
  }

  /// What is kept, as it was when this page last had its turn: `trust`, the text of the trust file;
  /// `chosen`, true if the person chose it; `head`, the newest head that was seen with it; `seen`,
  /// the latest time that its quorum said, in seconds since 1970. Null if there is no trust file
  /// yet.
  #held = null;
  /// Called when the trust file has become another one, here or in another tab.
  changed = async () => {};
  /// Settled when everything knows of the last change.
  told = Promise.resolve();

  get trust() {
    return this.#held?.trust ?? null;
  }

  get chosen() {
    return this.#held?.chosen ?? false;
  }

  /// The time now, in seconds since 1970: that of the device, unless a quorum has said a later one.
  get now() {
    return Math.max(Math.floor(Date.now() / 1000), this.#held?.seen ?? 0);
  }

  /// Takes the trust file that is kept; the first time, that of the host if it can be had. Fails if
  /// nobody can say what is kept.
  async begin() {
    await this.#needTrust(within()).catch((error) => {
      if (!(error instanceof Trouble)) throw error;
    });
    await this.told;
  }

  /// Takes the trust file of the host. Fails with a `Trouble`.
  async takeFromHost() {
    await this.#takeInstead(await trustOfHost(within()), false);
    await this.#kept.note(kRefreshed, Date.now());
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

  /// Answers a question by the host's proof. Nothing if the host can't be reached until `signal`,
  /// or has none.
  async askHost(path, question, signal) {
    await this.#needTrust(signal);
    return this.#askedTwice(signal, () => this.#asked(`/${path}/proof`, kMostProof, signal,
      (opened) => this.#judge.call('judge', opened, { ...question, now: opened.now })));
  }

  /// Fetches a pack and accepts it. Nothing if the host can't be reached; else `document` beside
  /// what the checker says of it, or `error`.
  async fetchPack(prefix) {
    const signal = within(kPatienceForPack);
    await this.#needTrust(signal);
    let document;
    const said = await this.#askedTwice(signal, () => this.#asked(`/${prefix}/pack`, kMostPack,
      signal, (opened) => {
        document = opened.document;
        return this.#judge.call('openPack', prefix, opened);
      }));
    return said && { ...said, document };
  }

  /// Opens a pack that was accepted before.
  openPack(prefix, document) {
    return this.#opened(document, (opened) => this.#judge.call('openPack', prefix, opened));
  }

  /// Follows the policies since that of the trust file, once for all who ask for it meanwhile.
  /// Returns true if the host said how far they go.
  bringForward(signal) {
    this.#following ??= this.#follow(signal).finally(() => { this.#following = null; });
    return this.#following;
  }

  async #follow(signal) {
    const { trust } = this;
    const { version } = await this.#judge.call('trustVersion', trust);
    const proofs = [];
    for (let next = version || 1; proofs.length < kMostPolicies; ++next) {
      const reply = await fetched(`/ledger/policies/${next}`, kMostProof, { signal })
        .catch(() => null);
      if (reply?.status === 404) break;
      if (reply?.status !== 200) return false;
      proofs.push(reply.bytes);
    }
    const checkpoint = await fetched('/ledger/checkpoint', kMostTrust, { signal })
      .catch(() => null);
    if (checkpoint?.status !== 200) return false;
    if (proofs.length === 0) return true;
    const { trust: newer, error } = await this.#judge.call('updateTrust',
      { trust, proofs, checkpoint: checkpoint.bytes, now: this.now });
    if (error === 'other') return false;
    await this.#inTurn(async (held) => {
      // Somebody may have chosen another one meanwhile.
      if (newer && held?.trust === trust) await this.#note({ ...held, trust: newer });
    });
    return true;
  }

  /// Does so once a day. Until the first time, there may be no trust file.
  async refresh() {
    if (!this.trust) return this.begin();
    if (!isDayOld(await this.#kept.recall(kRefreshed) ?? 0)) return;
    if (await this.bringForward(within(kPatienceForPolicies)))
      await this.#kept.note(kRefreshed, Date.now());
  }

  /// Makes sure that there is a trust file: the one that is kept now, whatever tab took it, or,
  /// only if none is, that of the host. Fails with a `Trouble` if that can't be had.
  async #needTrust(signal) {
    if (await this.#inTurn((held) => held)) return;
    const trust = await trustOfHost(signal);
    await this.#checkTrust(trust).catch(({ why, message }) => {
      throw new Trouble(why === 'failed' ? why : 'no_keys', message);
    });
    // The person, or another tab, may have been quicker.
    await this.#inTurn((held) => held ?? this.#note({ trust, chosen: false, head: '', seen: 0 }));
    await this.#kept.note(kRefreshed, Date.now());
  }

  /// Asks once more if what came isn't accepted: the keys may have changed, or another tab has seen
  /// a newer head meanwhile.
  async #askedTwice(signal, ask) {
    const said = await ask();
    if (!['refused', 'forged'].includes(said?.error)) return said;
    await this.bringForward(signal);
    return await ask() ?? said;
  }

  async #checkTrust(text) {
    const { error, detail } = await this.#judge.call('trustVersion', text);
    if (error === 'other') throw new Trouble('failed', detail);
    if (error) throw new Trouble('keys_refused', detail);
  }

  /// What was seen under other keys counts no more.
  async #takeInstead(trust, chosen) {
    await this.#checkTrust(trust);
    await this.#inTurn(async (held) => {
      const { head, seen } = held && keysOf(held.trust) === keysOf(trust) ? held
        : { head: '', seen: 0 };
      const instead = { trust, chosen, head, seen };
      await this.#kept.hold(kHeld, instead).catch((error) => {
        throw new Trouble('no_room', String(error));
      });
      this.#held = instead;
    });
    await this.told;
  }

  /// Reads what is held, and lets `work` read and replace it while no other tab does.
  async #inTurn(work) {
    const shown = () => `${this.chosen} ${this.trust}`;
    const before = shown();
    const done = await inTurn(async () => {
      this.#held = await this.#kept.recall(kHeld) ?? null;
      return work(this.#held);
    });
    if (shown() !== before)
      this.told = this.changed().catch((error) => console.error(error));
    return done;
  }

  async #note(held) {
    await this.#kept.note(kHeld, held);
    this.#held = held;
  }

  /// Fetches a document, and what continues the kept head with it. Nothing if the host can't be
  /// reached, or can't answer now.
  async #asked(path, most, signal, use) {
    const size = this.#held?.head.split('\n')[1];
    const asked = size ? `${path}?since=${size}` : path;
    let reply;
    try {
      reply = await fetched(asked, most, { signal });
    } catch (error) {
      return error instanceof RangeError ? { error: 'host', detail: error.message } : null;
    }
    if (reply.status === 429 || reply.status >= 500) return null;
    if (reply.status === 200) return this.#opened(reply.bytes, use);
    return { error: 'host', detail: String(jsonOf(reply).detail ?? reply.status) };
  }

  /// Opens a document with what is held, and keeps the new head before anything else is opened.
  #opened(document, use) {
    return this.#inTurn(async (held) => {
      if (!held) throw new Trouble('no_keys');
      const { trust, head: keptHead } = held;
      const said = await use({ trust, document, keptHead, now: this.now });
      if (said.keptHead) {
        const time = Date.parse(said.time ?? said.answer.proof.cosigned) / 1000;
        await this.#note({ ...held, head: said.keptHead, seen: Math.max(held.seen, time) });
      }
      return said;
    });
  }
}

/// Returns the trust file of the host. Fails with a `Trouble`.
async function trustOfHost(signal) {
  const reply = await fetched('/ledger/trust', kMostTrust, { signal }).catch(() => null);
  if (reply?.status !== 200) throw new Trouble('no_keys');
  return textOf(reply);
}

/// Returns a trust file without its comments.
function keysOf(trust) {
  return trust.split('\n').filter((line) => line && !line.startsWith('#')).join('\n');
}
