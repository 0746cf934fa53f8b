// Judges codes, away from the page: the checker of sdk/cityid.h in WebAssembly. A proof is opened
// for one question; packs stay open.
import './answering.js';
import { CityIdError, load } from './cityid.js';

self.answerCalls(async () => {
  const module =
    await WebAssembly.compileStreaming(fetch(new URL('cityid.wasm', import.meta.url)));
  let loading = load(module);
  await loading;
  const packs = new Map();  // by prefix: {opened, proof}; no proof if it has to be opened again

  /// What a call gives; what went wrong as a value, if it is an error of the checker. Anything else
  /// is a bug or too little memory: then the checker is loaded anew, and nobody calls the old one.
  async function tried(call) {
    try {
      return call(await newest());
    } catch (error) {
      if (error instanceof CityIdError) return { error: error.code, detail: error.message };
      console.error(error);
      for (const pack of packs.values()) pack.proof = null;
      loading = load(module);
      loading.catch(() => {});  // the next call sees it
      return { error: 'other', detail: String(error) };
    }
  }

  async function newest() {
    for (;;) {
      const awaited = loading;
      const cityid = await awaited;
      if (awaited === loading) return cityid;
    }
  }

  /// Puts a question to a proof: an identifier is looked up, anything else is a code.
  function answer(proof, { id, scanned, now }) {
    const { verdict, answer } = id ? proof.lookUp(id, { now }) : proof.judge(scanned, { now });
    return { verdict, answer };
  }

  function closePack(prefix) {
    packs.get(prefix)?.proof?.close();
    packs.delete(prefix);
  }

  return {
    about: (scanned) => tried((cityid) => ({ path: cityid.about(scanned) })),

    /// Finds the seals of a document; nothing of their codes is verified.
    seals: (file) => tried((cityid) => cityid.seals(file)),

    trustVersion: (trust) => tried((cityid) => ({ version: cityid.trustVersion(trust) })),

    /// Opens a proof and puts one question to it.
    judge: ({ trust, document, keptHead, now }, question) => tried((cityid) => {
      const proof = cityid.open({ trust, document, keptHead, now });
      try {
        return { ...answer(proof, question), keptHead: proof.keptHead };
      } finally {
        proof.close();
      }
    }),

    /// Opens a pack that the page asked for as a pack; says how old its ledger is.
    openPack: (prefix, { trust, document, keptHead, now }) => tried((cityid) => {
      const opened = { trust, pack: document, keptHead, now };
      const proof = cityid.openPack(opened);
      let time;
      try {
        // A pack that doesn't reach this is none of this prefix.
        time = proof.lookUp(knownBelow(prefix), { now }).answer.proof.cosigned;
      } catch (error) {
        proof.close();
        throw error;
      }
      closePack(prefix);
      packs.set(prefix, { opened, proof });
      return { keptHead: proof.keptHead, time };
    }),

    closePack,

    /// Puts a question to the packs in this order, until one has an answer.
    async judgeByPacks(prefixes, question) {
      let said = { error: 'unreached', detail: 'no pack is here' };
      for (const prefix of prefixes) {
        const pack = packs.get(prefix);
        if (!pack) continue;
        const ask = (cityid) => answer(pack.proof ??= cityid.openPack(pack.opened), question);
        const next = { ...await tried(ask), pack: prefix };
        if (!next.error) return next;
        if (said.error !== 'other') said = next;  // a pack that wasn't looked into may have one
      }
      return said;
    },

    updateTrust: (given) => tried((cityid) => ({ trust: cityid.updateTrust(given) })),
  };
});

/// Returns an identifier that a pack has an answer about, be it that there is none: a country is no
/// identifier.
function knownBelow(prefix) {
  return prefix.split('.').length < 3 ? `${prefix}.1` : prefix;
}
