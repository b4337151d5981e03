/** What the console shows: what one command prints, and which of its lines are about something that can be opened. */

/** The words of a command, without `restage` and without the options that name the cache. */
export type Command = readonly string[];

export type SubjectKind = 'run' | 'node' | 'unfinished' | 'state' | 'artifact';

/** Something on record that a page or a line is about. */
export interface Subject {
  /** `unfinished` is a node that has no state in its run. */
  readonly kind: SubjectKind;
  /** As commands take it: `run:12`, `run:12/score`, a digest. */
  readonly reference: string;
}

export interface Page {
  readonly command: Command;
  /** The command as a user types it, with the options that name the cache. */
  readonly typed: string;
  /** What it prints, in restage's own colours. */
  readonly lines: readonly string[];
  /** So many lines are the heading of a table; a filter keeps them. */
  readonly heading: number;
  readonly about: Subject | null;
  /** By the number of the line, from 0. */
  readonly subjects: ReadonlyMap<number, Subject>;
  /** The command that prints more of the same, where there is more. */
  readonly more: Command | null;
  /** A run is in progress, so what the command prints may change. */
  readonly isChanging: boolean;
}

/** A key that opens a command about a subject. */
export interface Offer {
  readonly key: string;
  readonly word: string;
  readonly command: Command;
}

/** Opened by Enter. */
export function commandFor({ kind, reference }: Subject): Command {
  switch (kind) {
    case 'run':
      return ['show', reference, '--nodes'];
    case 'node':
    case 'state':
    case 'artifact':
      return ['show', reference];
    case 'unfinished':
      return ['log', reference];
  }
}

/** What else can be asked about a subject, in the order of the footer. */
export function offersFor({ kind, reference }: Subject): readonly Offer[] {
  const [run, node] = splitNode(reference);
  const log: Offer = { key: 'l', word: 'log', command: ['log', reference] };
  const why: Offer = { key: 'w', word: 'why', command: ['why', reference] };
  const how: Offer = { key: 'h', word: 'how', command: ['how', reference, '--without-today'] };
  const tree: Offer = { key: 't', word: 'tree', command: ['how', reference, '--tree'] };
  const uses: Offer = { key: 'u', word: 'uses', command: ['uses', reference] };
  switch (kind) {
    case 'run':
      return [
        log,
        { key: 'm', word: 'metrics', command: ['metrics', '--run', reference] },
        why,
        how,
        uses,
        { key: 'c', word: 'cost', command: ['cost', reference] },
      ];
    case 'node':
      return [
        log,
        { key: 'm', word: 'metrics', command: ['metrics', '--run', run, '--node', node] },
        why,
        how,
        tree,
        uses,
      ];
    case 'unfinished':
      return [log, why];
    case 'state':
      return [log, how, tree, uses];
    case 'artifact':
      return [how, tree, uses];
  }
}

/** What else a page offers: each step of the metrics that it summarises, or the runs that it leaves out. */
export function offersOfPage({ command }: Page): readonly Offer[] {
  if (command[0] === 'metrics' && !command.includes('--csv'))
    return [{ key: 'v', word: 'values', command: [...command, '--csv'] }];
  if (command[0] === 'log' && command[1] === '--limit' && !command.includes('--branches'))
    return [{ key: 'b', word: 'branches', command: [...command, '--branches'] }];
  return [];
}

function splitNode(reference: string): readonly [run: string, node: string] {
  const at = reference.indexOf('/');
  return at < 0 ? [reference, ''] : [reference.slice(0, at), reference.slice(at + 1)];
}
