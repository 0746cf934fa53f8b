// Judges codes, away from the page: the checker of sdk/cityid.h in WebAssembly. A proof is opened
// for one question; packs stay open.
import './answering.js';
import { load } from './cityid.js';

/// What went wrong in a call, as a value: only the checker's own errors have a code.
function failure(error) {
  if (error.code === undefined) throw error;
  return { error: error.code, detail: error.message };
}

function tried(call) {
  try {
    return call();
  } catch (error) {
    return failure(error);
  }
}

/// Puts a question to a proof: an identifier is looked up, anything else is a code.
function answer(proof, { id, scanned, now }) {
  return tried(() => {
    const { verdict, answer } = id ? proof.lookUp(id, { now }) : proof.judge(scanned, { now });
    return { verdict, answer };
  });
}

self.answerCalls(async () => {
  const cityid = await load();
  const packs = new Map();  // by prefix: what is open

  return {
    about: (scanned) => tried(() => ({ path: cityid.about(scanned) })),

    trustVersion: (trust) => tried(() => ({ version: cityid.trustVersion(trust) })),

    /// Opens a proof and puts one question to it.
    judge: (opened, question) => tried(() => {
      const proof = cityid.open(opened);
      try {
        return { ...answer(proof, question), keptHead: proof.keptHead };
      } finally {
        proof.close();
      }
    }),

    /// Opens a pack; says how old its ledger is.
    openPack: (prefix, opened) => tried(() => {
      const proof = cityid.open(opened);
      packs.get(prefix)?.close();
      packs.set(prefix, proof);
      const { ledger, proof: checkpoint } = proof.lookUp(knownBelow(prefix), opened).answer;
      return { keptHead: proof.keptHead, time: checkpoint.cosigned ?? ledger.time };
    }),

    closePack: (prefix) => {
      packs.get(prefix)?.close();
      packs.delete(prefix);
    },

    /// Puts a question to the packs in this order, until one reaches the answer.
    judgeByPacks(prefixes, question) {
      let said = { error: 'unreached', detail: 'no pack is here' };
      for (const prefix of prefixes) {
        const pack = packs.get(prefix);
        if (!pack) continue;
        said = { ...answer(pack, question), pack: prefix };
        if (said.error !== 'unreached') break;
      }
      return said;
    },

    updateTrust: (given) => tried(() => ({ trust: cityid.updateTrust(given) })),
  };
});

/// Returns an identifier that a pack has an answer about, be it that there is none: a country is no
/// identifier.
function knownBelow(prefix) {
  return prefix.split('.').length < 3 ? `${prefix}.1` : prefix;
}
