// The packages of package.json, from where they are installed: CITYID_NODE_MODULES.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const directory = path.resolve(process.env.CITYID_NODE_MODULES ?? 'node_modules');

/// A CommonJS package, or a file of one.
export const load = createRequire(path.join(directory, 'packages.mjs'));

/// The exports of an ECMAScript module.
export function importModule(file) {
  return import(pathToFileURL(path.join(directory, file)));
}

/// The text of a package's file.
export function read(file) {
  return fs.readFileSync(path.join(directory, file), 'utf8');
}

/// The JSON that the test gives on standard input.
export function readPlan() {
  return JSON.parse(fs.readFileSync(0, 'utf8'));
}
