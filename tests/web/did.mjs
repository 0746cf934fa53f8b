// Resolves DIDs with the resolver of did:web, and verifies signatures with JWK Sets.
//
// Standard input, JSON: {documents: {URL: what is served there}, dids: [DID],
//   signed: [{jwks, jws}]}.
// Standard output: {dids: [result of the resolution], signed: [payload, or what is wrong]}.
import { importModule, load, readPlan } from './packages.mjs';

const plan = readPlan();

/// Serves the plan's documents, as the web would.
async function fetchFromPlan(url) {
  const found = plan.documents[url];
  return { status: found ? 200 : 404, statusText: url, json: async () => found };
}
load.cache[load.resolve('cross-fetch')] = {
  exports: Object.assign(fetchFromPlan, { default: fetchFromPlan, fetch: fetchFromPlan }),
};

const { Resolver } = load('did-resolver');
const resolver = new Resolver(load('web-did-resolver').getResolver());
const { compactVerify, createLocalJWKSet } = await importModule(
  'jose/dist/webapi/index.js');

async function payloadOf({ jwks, jws }) {
  try {
    const { payload } = await compactVerify(jws, createLocalJWKSet(jwks));
    return { payload: new TextDecoder().decode(payload) };
  } catch (error) {
    return { wrong: error.code };
  }
}

const dids = await Promise.all(plan.dids.map((did) => resolver.resolve(did)));
const signed = await Promise.all(plan.signed.map(payloadOf));
console.log(JSON.stringify({ dids, signed }));
