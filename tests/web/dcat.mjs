// Reads JSON-LD in safe mode and without network: a document that needs another one is wrong.
//
// Standard input, JSON: {name: document}.
// Standard output: {name: {triples: [[subject, predicate, {kind, value, language, type}]]}}, or
//   {name: {wrong: why}}.
import { load, readPlan } from './packages.mjs';

const jsonld = load('jsonld');
const options = {
  safe: true,
  documentLoader(url) {
    throw new Error(`it asks for ${url}`);
  },
};

async function triplesOf(document) {
  try {
    const quads = await jsonld.toRDF(await jsonld.expand(document, options), options);
    return {
      triples: quads.map(({ subject, predicate, object }) => [
        subject.value, predicate.value, {
          kind: object.termType, value: object.value, language: object.language,
          type: object.datatype?.value,
        }]),
    };
  } catch (error) {
    return { wrong: `${error.message} ${error.details?.url ?? ''}` };
  }
}

const found = {};
for (const [name, document] of Object.entries(readPlan())) found[name] = await triplesOf(document);
console.log(JSON.stringify(found));
