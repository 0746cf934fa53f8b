// Reads linksets (RFC 9264).
//
// Standard input, JSON: {linksets: [text]}. Standard output: for each its links, or {wrong}.
import { load, readPlan } from './packages.mjs';

const { parse } = load('@drupal/linkset');

function linksOf(text) {
  try {
    return parse(text).elements;
  } catch (error) {
    return { wrong: error.message };
  }
}

console.log(JSON.stringify(readPlan().linksets.map(linksOf)));
