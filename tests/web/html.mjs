// Validates the markup of pages with html-validate.
//
// Standard input, JSON: {pages: {name: text}}.
// Standard output: {name: [what is wrong with it]}.
import { load, readPlan } from './packages.mjs';

const { HtmlValidate, StaticConfigLoader } = load('html-validate');

const validator = new HtmlValidate(new StaticConfigLoader({
  root: true,
  extends: ['html-validate:recommended'],
}));

const found = {};
for (const [name, text] of Object.entries(readPlan().pages)) {
  const report = await validator.validateString(text);
  found[name] = report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line, column }) => `${line}:${column} ${ruleId}: ${message}`));
}
process.stdout.write(JSON.stringify(found));
