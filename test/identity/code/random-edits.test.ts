/**
 * The digest of a stage against an oracle: it depends on what the stage reaches, and on nothing else. A project is
 * written in another way, and perhaps one of its declarations, or one of its stages, does something else.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bundleStages } from '../../../src/identity/code/bundle.ts';
import type { StageBundle } from '../../../src/identity/code/bundles/bundle-types.ts';
import { emptyProject } from './fixture.ts';
import { filesOf, looks, type Looks, otherLooks, type Program, programs, reaching } from './random-projects.ts';

/** What does something else: a declaration or a stage, by its number, and the number of its variant. */
type RealEdit = readonly ['declaration' | 'stage', number: number, variant: number] | undefined;

const realEdits: fc.Arbitrary<RealEdit> = fc.option(
  fc.tuple(fc.constantFrom('declaration', 'stage'), fc.nat(), fc.integer({ min: 1, max: 4 })),
  { nil: undefined },
);

const project = emptyProject();
let projects = 0;

/** The bundles of all stages of a project at a new place. */
async function bundlesOf(program: Program, style: Looks): Promise<readonly StageBundle[]> {
  const folder = `project-${projects++}`;
  const files = filesOf(program, style);
  for (const [file, text] of Object.entries(files)) project.write(`${folder}/${file}`, text);
  const names = program.stages.map((_, i) => `random/${i}`);
  const { stages } = await bundleStages(project.path(`${folder}/index.ts`), names);
  return stages;
}

function edited({ declarations, stages }: Program, edit: RealEdit): { program: Program; changed: readonly number[] } {
  const unchanged = { program: { declarations, stages }, changed: [] };
  if (edit === undefined) return unchanged;
  const [what, given, variant] = edit;
  const number = given % (what === 'stage' ? stages : declarations).length;
  const change = <T extends object>(it: T, i: number): T => (i === number ? { ...it, variant } : it);
  return what === 'stage'
    ? { program: { declarations, stages: stages.map(change) }, changed: [number] }
    : { program: { declarations: declarations.map(change), stages }, changed: reaching(unchanged.program, number) };
}

test('the digest of each stage changes if and only if something that it reaches does', async () => {
  await fc.assert(
    fc.asyncProperty(programs, looks, otherLooks, realEdits, async (program, style, otherStyle, edit) => {
      const before = await bundlesOf(program, style);
      const { program: other, changed } = edited(program, edit);
      const after = await bundlesOf(other, { ...style, ...otherStyle });
      const found = after.flatMap(({ digest }, i) => (digest === before[i]!.digest ? [] : [i]));
      const texts = found.map((i) => `${before[i]!.text}\n${after[i]!.text}`).join('\n');
      expect(found, texts).toEqual(changed);
    }),
    { endOnFailure: true, numRuns: Number(process.env['RANDOM_EDITS'] ?? 25) },
  );
});
