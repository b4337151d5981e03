/**
 * What a stage may reach besides its params and inputs, and the words for it. A stage declares what it means to reach;
 * a worker observes what it does reach.
 */

/**
 * Effects: a state that depends on one is not reproducible, since no key can hold it. Each is a member of a stage's
 * definition, `true` if declared.
 */
export const EFFECTS = ['clock', 'entropy', 'network', 'subprocess', 'native', 'host'] as const;
export type Effect = (typeof EFFECTS)[number];

/**
 * What can be reached. The content of files and the values of environment variables enter the key if they are declared.
 */
export const ACCESS_KINDS = ['file', 'env', ...EFFECTS] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** One thing that a stage reached, as it is recorded with the state. */
export interface Access {
  readonly kind: AccessKind;
  /** The path (relative to the project where it is inside), the variable, the host, the command, or what was called. */
  readonly detail: string;
  /** What was called: `readFileSync`, `new Date`. */
  readonly call: string;
  /** Where, as `src/train.ts:12:9`; null if no line of a source is known. */
  readonly place: string | null;
  /**
   * The stage declares it: the state is marked as not reproducible. Otherwise nobody knows that the state depends on
   * it.
   */
  readonly declared: boolean;
  /** How often. */
  readonly count: number;
}

/** The detail of an environment that was listed, or copied as a whole. */
export const WHOLE_ENVIRONMENT = '*';

/** `reads the file calibration.json`. */
export function accessWords({ kind, detail, call }: Pick<Access, 'kind' | 'detail' | 'call'>): string {
  switch (kind) {
    case 'file':
      if (/^(readdir|opendir|glob|watch)/.test(call)) return `lists ${detail}`;
      return /^(access|exists|l?stat|statfs|readlink|realpath)/.test(call)
        ? `looks at ${detail}`
        : `reads the file ${detail}`;
    case 'env':
      return detail === WHOLE_ENVIRONMENT
        ? 'reads the list of all environment variables'
        : `reads the environment variable ${detail}`;
    case 'clock':
      return `reads the clock with ${call}`;
    case 'entropy':
      return `takes random numbers from ${call}`;
    case 'network':
      return `uses the network (${detail})`;
    case 'subprocess':
      return `starts another process or thread (${detail})`;
    case 'native':
      return `loads native code (${detail})`;
    case 'host':
      return `asks about the machine with ${call}`;
  }
}

/** What an author can do about it: the end of a sentence. */
export function accessAdvice({ kind, detail }: Pick<Access, 'kind' | 'detail'>): string {
  switch (kind) {
    case 'file':
      return `add reads: [${quoted(detail)}] to the stage, or wire it in as an input`;
    case 'env':
      return detail === WHOLE_ENVIRONMENT
        ? 'read the variables that are needed by their names, and declare those with env: [...]'
        : `add env: [${quoted(detail)}] to the stage`;
    case 'clock':
      return 'leave it out, or add clock: true to the stage';
    case 'entropy':
      return 'take random numbers from rng, with random: true, or add entropy: true to the stage';
    case 'network':
      return 'wire the file in with remoteFile, or add network: true to the stage';
    case 'subprocess':
      return 'leave it out, or add subprocess: true to the stage';
    case 'native':
      return 'leave it out, or add native: true to the stage, since nobody observes what native code reads';
    case 'host':
      return 'leave it out, or add host: true to the stage';
  }
}

/** The sentence for something that the stage does not declare. */
export function undeclaredSentence(stage: string, access: Access): string {
  const { call, place } = access;
  const words = accessWords(access);
  const where = [words.includes(call) ? null : call, place].filter((part) => part !== null).join(' at ');
  return `Stage ${stage} ${words}, which it does not declare${where === '' ? '' : ` (${where})`}; ${accessAdvice(access)}.`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
