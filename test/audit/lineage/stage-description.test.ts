import { expect, test } from 'vitest';
import { descriptionIn } from '../../../src/audit/lineage/stage-description.ts';

const SOURCE = `
export const first = stage({
  name: 'a/first',
  params: z.strictObject({ description: z.string() }),
  description: "Reads a \\"file\\",
  run: () => ({}),
});
export const second = stage({ name: "a/second", description: 'It\\'s the second.', params, inputs: {}, outputs: {}, run() {} });
export const third = stage({ name: \`a/third\`, inputs: {}, outputs: {}, run({ log }) { log({ description: 'no' }); } });
export const fourth = observation({ name: 'a/fourth', description: \`Two
  lines.\`, run });
export const fifth = stage({ name: 'a/fifth', description: 'half ' + half, run });
`;

test('a description is the literal in the definition of the stage', () => {
  expect(descriptionIn(SOURCE, 'a/second')).toBe("It's the second.");
  expect(descriptionIn(SOURCE, 'a/fourth')).toBe('Two lines.');
});

test('an unknown stage has none, nor has one whose definition has none, or something else than a literal', () => {
  expect(descriptionIn(SOURCE, 'a/first')).toBeNull();
  expect(descriptionIn(SOURCE, 'a/third')).toBeNull();
  expect(descriptionIn(SOURCE, 'a/fifth')).toBeNull();
  expect(descriptionIn(SOURCE, 'a/sixth')).toBeNull();
});
