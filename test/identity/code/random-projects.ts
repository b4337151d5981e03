/**
 * Random small projects in two parts: what their code does (`Program`), and how it is written down (`Looks`). Two
 * projects with one program do the same, whatever they look like.
 */
import fc from 'fast-check';
import { type Declaration, declarationText, isSchema, nameOf, useOf } from './random-declarations.ts';

export interface Stage {
  /** Numbers of the declarations that its `run` uses. */
  readonly uses: readonly number[];
  /** Number of the schema of its parameter, if it is not its own. */
  readonly schema: number | undefined;
  readonly variant: number;
}

export interface Program {
  readonly declarations: readonly Declaration[];
  readonly stages: readonly Stage[];
}

export interface Looks {
  /** How many declarations the files have, in turn. */
  readonly sizes: readonly number[];
  readonly fileNames: 'f' | 'part-' | 'deep/er/';
  readonly imports: 'named' | 'renamed' | 'namespace' | 'separate' | 'barrel';
  readonly zod: 'named' | 'namespace' | 'default';
  /** Where declarations are in their file, by their numbers. */
  readonly places: readonly number[];
  readonly comments: boolean;
  readonly types: boolean;
  readonly exports: 'inline' | 'list';
  readonly words: string;
  readonly constants: 'short' | 'long' | 'clashing';
  readonly stageFiles: 'one' | 'each' | 'reversed';
  /** A stage that no pipeline has. */
  readonly sibling: boolean;
  /** Imports, types and declarations that nothing uses. */
  readonly unused: boolean;
}

/** So many declarations have names of their own; a file has no more than these. */
const NAMES = 4;

export const programs: fc.Arbitrary<Program> = fc
  .record({
    declarations: fc.array(
      fc.record({ kind: fc.nat(), uses: fc.uniqueArray(fc.nat(11), { maxLength: 3 }), variant: fc.constant(0) }),
      { minLength: 3, maxLength: 10 },
    ),
    stages: fc.array(
      fc.record({
        uses: fc.uniqueArray(fc.nat(11), { maxLength: 3 }),
        schema: fc.option(fc.nat(11), { nil: undefined }),
        variant: fc.constant(0),
      }),
      { minLength: 2, maxLength: 3 },
    ),
  })
  .map(({ declarations, stages }) => {
    const exists = (i: number): boolean => i < declarations.length;
    const has = (i: number): boolean => exists(i) && isSchema(declarations[i]!);
    return {
      // Only what stands before it, and no schema: to parse with one that has code of its own is an effect.
      declarations: declarations.map((it, at) => ({ ...it, uses: it.uses.filter((i) => i < at && !has(i)) })),
      stages: stages.map(({ schema, ...it }) => ({
        ...it,
        uses: it.uses.filter(exists),
        schema: schema !== undefined && has(schema) ? schema : undefined,
      })),
    };
  });

const LOOKS = {
  sizes: fc.array(fc.integer({ min: 1, max: NAMES }), { minLength: 1, maxLength: 4 }),
  fileNames: fc.constantFrom('f', 'part-', 'deep/er/'),
  imports: fc.constantFrom('named', 'renamed', 'namespace', 'separate', 'barrel'),
  zod: fc.constantFrom('named', 'namespace', 'default'),
  places: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 10 }),
  comments: fc.boolean(),
  types: fc.boolean(),
  exports: fc.constantFrom('inline', 'list'),
  words: fc.constantFrom('', 'How fast.', 'The "rate", as a fraction'),
  constants: fc.constantFrom('short', 'long', 'clashing'),
  stageFiles: fc.constantFrom('one', 'each', 'reversed'),
  sibling: fc.boolean(),
  unused: fc.boolean(),
} satisfies { readonly [K in keyof Looks]: fc.Arbitrary<Looks[K]> };

export const looks: fc.Arbitrary<Looks> = fc.record<Looks>(LOOKS);
export const otherLooks: fc.Arbitrary<Partial<Looks>> = fc.record<Looks, never>(LOOKS, { requiredKeys: [] });

/** Numbers of the stages that reach a declaration. */
export function reaching({ declarations, stages }: Program, target: number): readonly number[] {
  const reaches = (i: number): boolean => i === target || declarations[i]!.uses.some(reaches);
  return stages.flatMap(({ uses, schema }, i) =>
    [...uses, ...(schema === undefined ? [] : [schema])].some(reaches) ? [i] : [],
  );
}

/** The texts of the files, by their paths; `index.ts` is the entry, and its stages are `random/0`, `random/1`, ... */
export function filesOf(program: Program, style: Looks): Readonly<Record<string, string>> {
  const layout = layoutOf(program, style);
  const files: Record<string, string> = {};
  const add = (file: string, body: readonly string[], uses: readonly number[], names: readonly string[] = []): void => {
    const { head, refer } = importsOf(program, style, layout, file, uses, names);
    files[file] = [...head, ...body.map((text) => text.replace(/@(\d+)@/g, (_, i: string) => refer(Number(i))))].join(
      '\n',
    );
  };
  for (const file of layout.files) {
    const own = inPlaces(program, layout.inFile(file), style.places);
    const names = own.map((i) => nameOf(program.declarations[i]!, i % NAMES));
    const isInline = style.exports === 'inline';
    const body = own.flatMap((i) => [
      ...(style.comments ? [`/** Number ${i}. */`] : []),
      (isInline ? 'export ' : '') + declarationText(program.declarations[i]!, i, i % NAMES, style),
    ]);
    const list = isInline ? [] : [`export { ${names.join(', ')} };`];
    const extra = style.unused ? [`export const unused = [${layout.files.length}];`, 'interface Unused { x: 1 }'] : [];
    add(
      file,
      [...list, ...body, ...extra],
      own.flatMap((i) => program.declarations[i]!.uses),
      names,
    );
  }
  if (style.imports === 'barrel')
    files['all.ts'] = program.declarations
      .map((it, i) => `export { ${nameOf(it, i % NAMES)} as at_${i} } from './${layout.fileOf(i)}';`)
      .join('\n');
  const numbers = program.stages.map((_, i) => i);
  const groups = style.stageFiles === 'each' ? numbers.map((i) => [i]) : [numbers];
  const wired: string[] = [];
  groups.forEach((group, at) => {
    const file = `stages-${at}.ts`;
    const ordered = style.stageFiles === 'reversed' ? group.toReversed() : group;
    const all = ordered.map((i) => [constantOf(style, i), stageText(program.stages[i]!, i, style)] as const);
    const sibling = stageText({ uses: [0], schema: undefined, variant: 5 }, 99, style);
    const body = [...(style.sibling ? [['extra', sibling] as const] : []), ...all];
    const uses = group.flatMap((i) => [...program.stages[i]!.uses, program.stages[i]!.schema ?? 0]);
    add(
      file,
      body.map(([name, text]) => `export const ${name} = ${text};`),
      [0, ...uses],
      body.map(([name]) => name),
    );
    wired.push(`export { ${all.map(([name]) => name).join(', ')} } from './${file}';`);
  });
  files['index.ts'] = wired.join('\n');
  return files;
}

interface Layout {
  readonly files: readonly string[];
  fileOf(declaration: number): string;
  inFile(file: string): readonly number[];
}

function layoutOf({ declarations }: Program, { sizes, fileNames }: Looks): Layout {
  const places: string[] = [];
  for (let at = 0; places.length < declarations.length; at++)
    for (let count = sizes[at % sizes.length]!; count > 0; count--) places.push(`${fileNames}${at}.ts`);
  const files = places.slice(0, declarations.length);
  return {
    files: [...new Set(files)],
    fileOf: (i) => files[i]!,
    inFile: (file) => files.flatMap((it, i) => (it === file ? [i] : [])),
  };
}

/** As shuffled as it can be: what a declaration uses stands before it. */
function inPlaces({ declarations }: Program, own: readonly number[], places: readonly number[]): readonly number[] {
  const left = own.toSorted((a, b) => places[a]! - places[b]!);
  const ordered: number[] = [];
  while (left.length > 0) {
    const next = left.findIndex((i) => !declarations[i]!.uses.some((used) => left.includes(used)));
    ordered.push(...left.splice(next, 1));
  }
  return ordered;
}

function importsOf(
  { declarations }: Program,
  { imports, zod, unused }: Looks,
  layout: Layout,
  file: string,
  uses: readonly number[],
  taken: readonly string[],
): { readonly head: readonly string[]; readonly refer: (declaration: number) => string } {
  const up = file.includes('/') ? '../../' : './';
  const names = new Set(['z', 'stage', ...taken]);
  const texts = new Map<number, string>();
  const head = [
    { named: "import { z } from 'zod';", namespace: "import * as z from 'zod';", default: "import z from 'zod';" }[zod],
    `import { stage${unused ? ', pipeline, observation as seen' : ''} } from 'restage';`,
  ];
  const wanted = [...new Set(uses)].filter((i) => layout.fileOf(i) !== file);
  for (const from of new Set(wanted.map((i) => layout.fileOf(i)))) {
    const own = wanted.filter((i) => layout.fileOf(i) === from);
    const path = imports === 'barrel' ? `${up}all.ts` : `${up}${from}`;
    const space = `from_${layout.files.indexOf(from)}`;
    const parts = own.map((i) => {
      const name = nameOf(declarations[i]!, i % NAMES);
      const exported = imports === 'barrel' ? `at_${i}` : name;
      const local = imports === 'renamed' || names.has(exported) ? `own_${i}` : exported;
      if (imports !== 'namespace') names.add(local);
      texts.set(i, imports === 'namespace' ? `${space}.${name}` : local);
      return local === exported ? exported : `${exported} as ${local}`;
    });
    if (unused && imports === 'named') parts.push(`unused as unused_${layout.files.indexOf(from)}`);
    if (imports === 'namespace') head.push(`import * as ${space} from '${path}';`);
    else if (imports === 'separate') head.push(...parts.map((part) => `import { ${part} } from '${path}';`));
    else head.push(`import { ${parts.join(', ')} } from '${path}';`);
  }
  const refer = (i: number): string => texts.get(i) ?? nameOf(declarations[i]!, i % NAMES);
  // What a declaration is, and so how it is used, decides the text around its name.
  return { head, refer: (i) => useOf(declarations[i]!, refer(i)) };
}

function constantOf({ constants }: Looks, i: number): string {
  if (constants === 'clashing') return ['value0', 'weigh1', 'Layer2'][i] ?? `stage${i}`;
  return constants === 'short' ? `s${i}` : `theStage${i}`;
}

function stageText({ uses, schema, variant }: Stage, number: number, { words, types, comments }: Looks): string {
  const described = words === '' ? '' : `.describe(${JSON.stringify(words)})`;
  const rate = schema === undefined ? `z.number().min(${number})` : `@${schema}@`;
  const sum = ['params.rate', ...uses.map((i) => `@${i}@`)].join(' + ');
  return [
    `stage({ name: 'random/${number}',`,
    ...(words === '' ? [] : [`description: ${JSON.stringify(words)},`]),
    `params: z.strictObject({ rate: ${rate}.default(2)${described} }), inputs: {}, outputs: {},`,
    ...(comments ? ['// runs'] : []),
    `run: ({ params }${types ? ': { params: { rate: number } }' : ''}) => ${sum} + ${10 + variant} })`,
  ].join('\n');
}
