// Lints an OpenAPI document with the recommended rules of Redocly and Spectral.
//
// Standard input, JSON: {openapi: the document}.
// Standard output: {redocly: [what is wrong with it], spectral: [...]}.
import { load, readPlan } from './packages.mjs';

const { openapi } = readPlan();

async function redocly() {
  const { createConfig, lintFromString } = load('@redocly/openapi-core');
  const config = await createConfig({
    extends: ['recommended'],
    // Identifiers have dots, so `/{id}/proof` never is what `/problems/{type}` means.
    rules: { 'no-ambiguous-paths': 'off' },
  });
  const problems = await lintFromString({
    source: JSON.stringify(openapi), absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, message, location }) =>
    `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`);
}

async function spectral() {
  const { Spectral } = load('@stoplight/spectral-core');
  const { oas } = load('@stoplight/spectral-rulesets');
  const linter = new Spectral();
  linter.setRuleset({ extends: [[oas, 'recommended']] });
  const problems = await linter.run(openapi);
  return problems.map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`);
}

process.stdout.write(JSON.stringify({ redocly: await redocly(), spectral: await spectral() }));
