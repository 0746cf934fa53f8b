// Generates clients from an OpenAPI document with two generators, and calls every operation with each.
//
// Standard input, JSON: {openapi: the document, url: of the resolver, calls: {operationId:
//   {path: {name: value}, query: {name: value}, body: JSON or text, bytes: a body in Base64}}}.
// Standard output: {<generator>: {calls: {operationId: {method, target, status, type}},
//   wrong: [what TypeScript says of the client]}}.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { load, readPlan } from './packages.mjs';

const ts = load('typescript');
const plan = readPlan();
const modules = path.resolve(process.env.CITYID_NODE_MODULES);

/// The operations of the document: [{id, parameters, hasBody}].
const operations = Object.values(plan.openapi.paths).flatMap((item) => Object.values(item)).map(
  ({ operationId, parameters, requestBody }) =>
    ({ id: operationId, parameters, hasBody: requestBody !== undefined }));

/// Checks the types of a client, and makes JavaScript of it.
function compile(directory, files) {
  const options = {
    module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, strict: true, skipLibCheck: true,
    moduleResolution: ts.ModuleResolutionKind.Node10, esModuleInterop: true, types: [],
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  };
  const program = ts.createProgram(files.map((file) => path.join(directory, file)), options);
  const wrong = ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) =>
    `${file?.fileName}:${start} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  program.emit();
  return wrong;
}

/// A `fetch` that writes down what was asked and answered.
function recorder(calls) {
  const asked = { id: '' };
  const record = async (input, init) => {
    const request = new Request(input, init);
    const reply = await fetch(request);
    const url = new URL(request.url);
    calls[asked.id] = {
      method: request.method, target: url.pathname + url.search, status: reply.status,
      type: reply.headers.get('content-type'),
    };
    return reply;
  };
  return { asked, record };
}

function bodyOf({ body, bytes }) {
  return bytes === undefined ? body : new Blob([Buffer.from(bytes, 'base64')]);
}

async function callAll(record, call) {
  for (const operation of operations) {
    record.asked.id = operation.id;
    await call(operation, plan.calls[operation.id] ?? {});
  }
}

async function heyApi(directory) {
  const { createClient } = load('@hey-api/openapi-ts');
  await createClient({
    input: path.join(directory, 'openapi.json'), output: path.join(directory, 'hey'),
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'], logs: { level: 'silent' },
  });
  const wrong = compile(directory, ['hey/index.ts', 'hey/client.gen.ts']);
  const require = createRequire(path.join(directory, 'x.js'));
  const calls = {};
  const record = recorder(calls);
  require('./hey/client.gen.js').client.setConfig({ baseUrl: plan.url, fetch: record.record });
  const sdk = require('./hey/sdk.gen.js');
  await callAll(record, ({ id }, call) =>
    sdk[id]({ path: call.path, query: call.query, body: bodyOf(call) }));
  return { calls, wrong };
}

async function swaggerTypescriptApi(directory) {
  const { generateApi } = load('swagger-typescript-api');
  const { files: [{ fileContent }] } = await generateApi({
    spec: plan.openapi, output: false, name: 'Api.ts', fileName: 'Api.ts', silent: true,
    moduleNameIndex: -1, moduleNameFirstTag: true,
  });
  fs.writeFileSync(path.join(directory, 'Api.ts'), fileContent);
  const wrong = compile(directory, ['Api.ts']);
  const { Api } = createRequire(path.join(directory, 'x.js'))('./Api.js');
  const calls = {};
  const record = recorder(calls);
  const api = new Api({ baseUrl: plan.url, customFetch: record.record });
  await callAll(record, async ({ id, parameters, hasBody }, call) => {
    const method = Object.values(api).find((group) => typeof group?.[id] === 'function')?.[id] ?? api[id];
    const given = parameters.filter((p) => p.in === 'path').map(({ name }) => call.path[name]);
    // The body stands before the query.
    if (hasBody) given.push(bodyOf(call));
    if (parameters.some((p) => p.in === 'query')) given.push(call.query ?? {});
    await method(...given).catch((reply) => { if (!(reply instanceof Response)) throw reply; });
  });
  return { calls, wrong };
}

// What generators print is not ours.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cityid-clients-'));
const found = {};
try {
  fs.symlinkSync(modules, path.join(directory, 'node_modules'));
  fs.writeFileSync(path.join(directory, 'package.json'), '{"type":"commonjs"}');
  fs.writeFileSync(path.join(directory, 'openapi.json'), JSON.stringify(plan.openapi));
  for (const generate of [heyApi, swaggerTypescriptApi])
    found[generate.name] = await generate(directory);
} finally {
  fs.rmSync(directory, { recursive: true });
}
write(JSON.stringify(found));
