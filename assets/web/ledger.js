// How this page comes to an answer: with a proof from its own host, or with the packs that it
// keeps. Whom it believes is the trust file, and never the host.
import { kDay, timed } from './network.js';

/// Something that is told to the person: `why` is the name of a text.
export class Trouble extends Error {
  constructor(why, detail = '') {
    super(detail);
    this.why = why;
  }
}

export class Ledger {
  #judge;
  #kept;
  #turn = Promise.resolve();  // the kept head goes from one document to the next

  constructor(judge, kept) {
    this.#judge = judge;
    this.#kept = kept;
  }

  /// The trust file: its text, and whether the person chose it.
  trust = null;
  chosen = false;

  /// Takes the trust file that is kept; the first time, that of the host.
  async begin() {
    const kept = await this.#kept.get('trust');
    if (kept) {
      [this.trust, this.chosen] = [kept.text, kept.chosen];
      return;
    }
    const reply = await timed('/ledger/trust').catch(() => null);
    if (!reply?.ok) return;
    await this.#take(await reply.text(), false);
    await this.#kept.set('refreshed', Date.now()).catch(() => {});
  }

  /// Takes a trust file from the person. What was seen under other keys counts no more.
  async choose(text) {
    const { error, detail } = await this.#judge.call('trustVersion', text);
    if (error) throw new Trouble('keys_refused', detail);
    await this.#kept.remove('keptHead');
    await this.#take(text, true);
  }

  /// How many of how many institutes must agree.
  get quorum() {
    const [, quorum, members] = /^group institutes (\d+)((?: \S+)+)$/m.exec(this.trust ?? '') ?? [];
    return { quorum, institutes: members?.trim().split(' ').length };
  }

  /// Answers a question by the host's proof. Nothing if the host can't be reached or has none.
  async askHost(path, question) {
    if (!this.trust) throw new Trouble('no_keys');
    let said = await this.#fetched(`/${path}/proof`,
      (opened) => this.#judge.call('judge', opened, question));
    if (said?.error === 'refused' && await this.bringForward()) {
      said = await this.#fetched(`/${path}/proof`,
        (opened) => this.#judge.call('judge', opened, question));
    }
    return said;
  }

  /// Fetches a pack and accepts it. Nothing if the host can't be reached; else `document` beside
  /// what the checker says of it, or `error`.
  fetchPack(prefix) {
    let document;
    return this.#fetched(`/${prefix}/pack`, (opened) => {
      document = opened.document;
      return this.#judge.call('openPack', prefix, opened);
    }).then((said) => said && { ...said, document });
  }

  /// Opens a pack that was accepted before.
  openPack(prefix, document) {
    return this.#inTurn(document, (opened) => this.#judge.call('openPack', prefix, opened));
  }

  /// Follows the policies since that of the trust file. False if there was nothing newer.
  async bringForward() {
    const { version } = await this.#judge.call('trustVersion', this.trust);
    const proofs = [];
    for (let next = version || 1; proofs.length < 512; ++next) {
      const reply = await timed(`/ledger/policies/${next}`).catch(() => null);
      if (reply?.status === 404) break;
      if (!reply?.ok) return false;
      proofs.push(await bytesOf(reply));
    }
    const checkpoint = await timed('/ledger/checkpoint').catch(() => null);
    if (!checkpoint?.ok || proofs.length === 0) return false;
    const { trust } = await this.#judge.call('updateTrust',
      { trust: this.trust, proofs, checkpoint: await bytesOf(checkpoint), now: now() });
    if (!trust || trust === this.trust) return false;
    await this.#take(trust, this.chosen);
    return true;
  }

  /// Does so once a day. Until the first time, there may be no trust file.
  async refresh() {
    if (!this.trust) return this.begin();
    if (Date.now() - (await this.#kept.get('refreshed') ?? 0) < kDay) return;
    await this.bringForward();
    await this.#kept.set('refreshed', Date.now()).catch(() => {});
  }

  async #take(text, chosen) {
    [this.trust, this.chosen] = [text, chosen];
    await this.#kept.set('trust', { text, chosen }).catch(() => {});
  }

  async #fetched(path, use) {
    const size = (await this.#kept.get('keptHead'))?.split('\n')[1];
    const reply = await timed(size ? `${path}?since=${size}` : path).catch(() => null);
    if (!reply || reply.status === 429 || reply.status >= 500) return null;
    if (!reply.ok) {
      const problem = await reply.json().catch(() => ({}));
      return { error: 'host', detail: problem.detail ?? `${reply.status}` };
    }
    return this.#inTurn(await bytesOf(reply), use);
  }

  /// Opens a document with the kept head, and keeps the new one before anything else is opened.
  #inTurn(document, use) {
    const turn = this.#turn.then(async () => {
      const keptHead = await this.#kept.get('keptHead') ?? '';
      const said = await use({ trust: this.trust, document, keptHead, now: now() });
      if (said.keptHead) await this.#kept.set('keptHead', said.keptHead).catch(() => {});
      return said;
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

export function now() {
  return Math.floor(Date.now() / 1000);
}

async function bytesOf(reply) {
  return new Uint8Array(await reply.arrayBuffer());
}
