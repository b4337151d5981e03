/** Parameters as fields of a key, and back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field } from '../../src/core/identity/cache-key.ts';
import { canonical, type CanonicalValue, valueDigest } from '../../src/core/identity/canonical.ts';
import { paramFields, paramsOf } from '../../src/identity/param-fields.ts';

function fieldsOf(params: CanonicalValue): Field[] {
  const fields: Field[] = [];
  paramFields(params, fields);
  return fields;
}

describe('the parameters of a state', () => {
  test('are found again in its fields, whatever their names and values', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('a.b', 'a\\', '.', '\\.', '', '__proto__', 'toString'));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.dictionary(name, tie('value')),
        fc.string({ minLength: 70, maxLength: 300 }),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        let params: CanonicalValue;
        try {
          params = canonical(given);
        } catch {
          // Half a surrogate pair cannot be a parameter.
          return;
        }
        const found = paramsOf([...fieldsOf(params), { name: 'parameter', digest: 'x' as never, preview: '1' }]);
        expect('params' in found && JSON.stringify(found.params)).toBe(JSON.stringify(params));
      }),
    );
  });

  test('are fields that say nothing of the states before', () => {
    // Few values: most states share some with the one before, as the nodes of a stage do.
    const leaf = fc.constantFrom<CanonicalValue>(0, 1, '1', true, null, 'x', [1], ['1'], {});
    const params = fc.record({ a: leaf, b: fc.record({ c: leaf }), 'b.c': leaf }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(params), (list) => {
        for (const each of list)
          for (const { name, digest, preview } of fieldsOf(canonical(each)).filter((field) => field.name !== 'param')) {
            const path = name === 'param.b\\.c' ? ['b.c'] : name.split('.').slice(1);
            const value = path.reduce<CanonicalValue>(
              (at, step) => (at as Record<string, CanonicalValue>)[step]!,
              canonical(each),
            );
            expect([digest, preview]).toEqual([valueDigest(value), JSON.stringify(value)]);
          }
      }),
    );
  });

  test('are not made up where an older restage cut a value off, unless it is known from elsewhere', () => {
    const params = { rate: 1, sizes: Array.from({ length: 60 }, (_, at) => at) };
    const fields = fieldsOf(params).map((field) => ({ ...field, preview: `${field.preview.slice(0, 79)}…` }));
    const cut = fields.map((field) => (field.name === 'param.rate' ? { ...field, preview: '1' } : field));
    expect(paramsOf(cut)).toEqual({ unknown: 'param.sizes' });
    expect(paramsOf(cut, () => ['(set)', JSON.stringify(params.sizes)])).toEqual({ params });
  });
});
