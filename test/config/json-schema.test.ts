import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema } from '../../config/schema.ts';
import { aFile, aTarget, okta, withTarget } from './a-config.ts';

const root = new URL('../../', import.meta.url).pathname;
const written: unknown = JSON.parse(readFileSync(`${root}config/lockstep.schema.json`, 'utf8'));

describe('the JSON Schema that editors use', () => {
  const validate = addFormats.default(new Ajv({ strict: false })).compile(written as object);

  it('is the one that the code has now (else run: node config/write-json-schema.ts)', () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
  });

  it.each(['lockstep.yaml', 'examples/production.yaml'])('accepts %s', (name) => {
    validate(parse(readFileSync(root + name, 'utf8')));
    expect(validate.errors).toBeNull();
  });

  it.each([
    ['a secret', aFile({ source: okta({ credentials: { apiToken: 'abc' } }) })],
    ['an unknown key', aFile({ polices: {} })],
    ['two scopes', withTarget({ scope: { groups: ['a'], app: '0oa1' } })],
    ['no scope', withTarget({ scope: undefined })],
    ['a bad name of a target', aFile({ targets: { Cloud: aTarget() } })],
    ['an unknown kind', withTarget({ kind: 'jira' })],
  ])('refuses %s', (_title, file) => {
    expect(validate(JSON.parse(JSON.stringify(file)))).toBe(false);
  });

  it('describes every field', () => {
    expect(undescribed(jsonSchema(), 'lockstep.yaml')).toEqual([]);
  });
});

/** Paths of the properties that have no description. */
function undescribed(node: unknown, path: string): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties, items, additionalProperties, anyOf } = node as Record<string, unknown>;
  const fields = Object.entries((properties ?? {}) as Record<string, { description?: string }>);
  return [
    ...fields.flatMap(([name, field]) => (field.description ? [] : [`${path}.${name}`])),
    ...fields.flatMap(([name, field]) => undescribed(field, `${path}.${name}`)),
    ...[items, additionalProperties, anyOf].flat().flatMap((inner) => undescribed(inner, path)),
  ];
}
