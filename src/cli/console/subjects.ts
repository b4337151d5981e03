/**
 * Which lines of what a verb printed are about something on record, and about what: rows come in the record's order.
 */
import type { Cache } from '../../store/cache.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { Found } from '../../store/reference/found.ts';
import type { VisitRecord } from '../../store/query/visits.ts';
import type { Command, Subject } from '../../ui/console/page.ts';
import { textOfStyled } from '../../ui/text/styled-line.ts';

export interface Subjects {
  readonly about: Subject | null;
  readonly byLine: ReadonlyMap<number, Subject>;
}

/** Enough of a digest to tell it from all others. */
const DIGEST_LETTERS = 16;
const MOST_CONSUMERS = 20;

/** @param found what the command's first word names; undefined if it names nothing */
export function subjectsOf(
  { query }: Cache,
  command: Command,
  found: Found | undefined,
  lines: readonly string[],
): Subjects {
  const [verb, reference = ''] = command;
  const texts = lines.map(textOfStyled);
  if (verb === 'how' && command.includes('--tree') && found !== undefined)
    return { about: null, byLine: statesOfTree(query, texts) };
  // A diff is about two things.
  if (found === undefined || verb === 'diff')
    return { about: null, byLine: verb === 'log' ? listedRuns(texts) : new Map() };
  switch (found.kind) {
    case 'run': {
      const about = { kind: 'run', reference: `run:${found.run.id}` } as const;
      const rows = verb === 'show' ? below(texts, /^nodes(\s|$)/) : [];
      const visits = rows.length === 0 ? [] : query.visits.ofRun(found.run.id);
      return {
        about,
        byLine: paired(
          rows,
          visits.map((visit) => nodeOf(found.run.id, visit)),
        ),
      };
    }
    case 'node':
    case 'state': {
      const about: Subject = {
        kind: found.kind === 'state' ? 'state' : found.state === undefined ? 'unfinished' : 'node',
        reference,
      };
      if (verb !== 'show' || found.state === undefined) return { about, byLine: new Map() };
      const { id } = found.state;
      const outputs = below(texts, /^outputs$/).filter((line) => /^ {2}\S/.test(texts[line]!));
      return {
        about,
        byLine: new Map([
          ...paired(
            below(texts, /^inputs$/),
            query.lineage.inputs(id).map(({ from }) => ('path' in from ? null : stateOf(from.state))),
          ),
          ...paired(
            outputs,
            query.states
              .outputs(id)
              .map(({ name, digest }) => artifactOf(found.kind === 'node' ? `${reference}.${name}` : digest)),
          ),
          ...paired(
            below(texts, /^read by$/),
            query.lineage.consumers(id, MOST_CONSUMERS).map(({ state }) => stateOf(state)),
          ),
        ]),
      };
    }
    case 'output':
    case 'artifact':
      return { about: artifactOf(reference), byLine: new Map() };
    case 'code':
    case 'effects':
      return { about: null, byLine: new Map() };
  }
}

/** The first column of the list is the run. */
function listedRuns(texts: readonly string[]): ReadonlyMap<number, Subject> {
  return new Map(
    texts.flatMap((text, line) => {
      const [, id] = /^\s*(\d+) {2}/.exec(text) ?? [];
      return line === 0 || id === undefined ? [] : [[line, { kind: 'run', reference: `run:${id}` }] as const];
    }),
  );
}

/** A tree shows the start of the digest of each state. */
function statesOfTree({ prefixes }: Readers, texts: readonly string[]): ReadonlyMap<number, Subject> {
  const byPrefix = new Map<string, Subject | null>();
  return new Map(
    texts.flatMap((text, line) => {
      const [, prefix] = / ([0-9a-f]{8}) \(/.exec(text) ?? [];
      if (prefix === undefined) return [];
      const known = byPrefix.get(prefix) ?? stateCalled(prefixes.states(prefix, 2));
      byPrefix.set(prefix, known);
      return known === null ? [] : [[line, known] as const];
    }),
  );
}

function stateCalled(states: readonly { readonly key: string }[]): Subject | null {
  return states.length === 1 ? stateOf(states[0]!.key) : null;
}

function nodeOf(run: number, { node, state }: VisitRecord): Subject {
  return { kind: state === null ? 'unfinished' : 'node', reference: `run:${run}/${node}` };
}

function stateOf(key: string): Subject {
  return { kind: 'state', reference: key.slice(0, DIGEST_LETTERS) };
}

function artifactOf(reference: string): Subject {
  return {
    kind: 'artifact',
    reference: /^[0-9a-f]{64}$/.test(reference) ? reference.slice(0, DIGEST_LETTERS) : reference,
  };
}

/** The indented lines below a heading. */
function below(texts: readonly string[], heading: RegExp): readonly number[] {
  const start = texts.findIndex((text) => heading.test(text));
  if (start < 0) return [];
  const rows: number[] = [];
  for (let line = start + 1; line < texts.length && texts[line]!.startsWith('  '); line++) rows.push(line);
  return rows;
}

/** A row that is about nothing keeps its place in the order. */
function paired(rows: readonly number[], subjects: readonly (Subject | null)[]): ReadonlyMap<number, Subject> {
  return new Map(rows.flatMap((line, at) => (subjects[at] == null ? [] : [[line, subjects[at]] as const])));
}
