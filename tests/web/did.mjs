// Resolves DIDs with the resolver of did:web, expands their documents as JSON-LD, and verifies
// signatures with JWK Sets.
//
// Standard input, JSON: {documents: {URL: what is served there}, dids: [DID],
//   graphs: [DID document], signed: [{jwks, jws}]}; each may be missing.
// Standard output: {dids: [result of the resolution], graphs: [expanded], signed: [payload]}, or
// {wrong} in the place of the last two.
import { importModule, load, readPlan } from './packages.mjs';

const { documents = {}, dids = [], graphs = [], signed = [] } = readPlan();

/// Serves the plan's documents, as the web would.
async function fetchFromPlan(url) {
  const found = documents[url];
  return { status: found ? 200 : 404, statusText: url, json: async () => found };
}
load.cache[load.resolve('cross-fetch')] = {
  exports: Object.assign(fetchFromPlan, { default: fetchFromPlan, fetch: fetchFromPlan }),
};

const { Resolver } = load('did-resolver');
const resolver = new Resolver(load('web-did-resolver').getResolver());

// The context of DID 1.1 has the terms of the first one and those for keys.
const [first] = load('did-context').contexts.values();
const [keys] = load('@digitalbazaar/multikey-context').contexts.values();
const contexts = {
  'https://www.w3.org/ns/did/v1': first,
  'https://www.w3.org/ns/did/v1.1': { '@context': { ...first['@context'], ...keys['@context'] } },
};

/// Loads contexts that are installed here, and nothing from the network.
async function documentLoader(url) {
  if (!contexts[url]) throw new Error(`no context is installed for ${url}`);
  return { contextUrl: null, documentUrl: url, document: contexts[url] };
}

/// What a promise gives, or what is wrong.
const settled = (promise) => promise.catch((error) => ({ wrong: error.code ?? error.message }));

/// Expands in the mode that refuses what JSON-LD would silently leave out.
const expand = (document) =>
  settled(load('jsonld').expand(document, { safe: true, documentLoader }));

const { compactVerify, createLocalJWKSet } = await importModule(
  'jose/dist/webapi/index.js');

async function payloadOf({ jwks, jws }) {
  const { payload } = await compactVerify(jws, createLocalJWKSet(jwks));
  return { payload: new TextDecoder().decode(payload) };
}

console.log(JSON.stringify({
  dids: await Promise.all(dids.map((did) => resolver.resolve(did))),
  graphs: await Promise.all(graphs.map(expand)),
  signed: await Promise.all(signed.map((one) => settled(payloadOf(one)))),
}));
