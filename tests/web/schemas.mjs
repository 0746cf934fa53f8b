// Validates documents with the schemas that describe them.
//
// Standard input, JSON: {openapi: the document, linksetSchema: GS1's or null,
//   documents: [{name, schema, document}]}; `schema`: "linkset", or a component of the document.
// Standard output: {openapi: [what is wrong with it], documents: {name: [what is wrong]}}.
import { importModule, load, readPlan } from './packages.mjs';

const kAllErrors = { allErrors: true, strict: false };

/// The components, each in a second version "<name>!" in which every object has only the members
/// that are described. (`unevaluatedProperties` stands where a schema is used, since those that it
/// is put together from don't know each other's members.)
function closedComponents(schemas) {
  const closed = {};
  for (const [name, schema] of Object.entries(schemas)) {
    closed[name] = closeInside(schema);
    closed[`${name}!`] = closeItself({ $ref: `#/components/schemas/${name}` }, hasMembers(schema));
  }
  return closed;
}

function hasMembers(schema) {
  return Boolean(schema.properties ?? schema.allOf) && schema.additionalProperties === undefined;
}

function closeItself(schema, close = hasMembers(schema) || Boolean(schema.anyOf)) {
  return close ? { ...schema, unevaluatedProperties: false } : schema;
}

/// Every place where a schema describes a value of its own uses the closed version.
function closeInside(schema) {
  const copy = { ...schema };
  if (copy.properties) {
    copy.properties = Object.fromEntries(
      Object.entries(copy.properties).map(([name, value]) => [name, closeUse(value)]));
  }
  if (copy.items) copy.items = closeUse(copy.items);
  return copy;
}

function closeUse(schema) {
  return schema.$ref ? { $ref: `${schema.$ref}!` } : closeItself(closeInside(schema));
}

function wrongWith(validate, document) {
  if (validate(document)) return [];
  return validate.errors.map(({ instancePath, message, params }) =>
    `${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
}

const plan = readPlan();
const { Validator } = await importModule('@seriousme/openapi-schema-validator/index.js');
const { valid, errors } = await new Validator().validate(structuredClone(plan.openapi));
const found = { openapi: valid ? [] : [JSON.stringify(errors)], documents: {} };

const Ajv2020 = load('ajv/dist/2020');
const components = new Ajv2020(kAllErrors);
load('ajv-formats')(components);
components.addSchema({
  $id: 'openapi',
  components: { schemas: closedComponents(plan.openapi.components.schemas) },
});

const Ajv = load('ajv');
const linkset = plan.linksetSchema && new Ajv(kAllErrors).compile(plan.linksetSchema);

/// What one document is to be like.
function validatorFor(schema) {
  if (schema === 'linkset') return linkset;
  return components.getSchema(`openapi#/components/schemas/${schema}!`);
}

for (const { name, schema, document } of plan.documents) {
  const validate = validatorFor(schema);
  found.documents[name] = validate ? wrongWith(validate, document) : [`there is no schema ${schema}`];
}
process.stdout.write(JSON.stringify(found));
