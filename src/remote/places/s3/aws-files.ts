/**
 * The user's own files of AWS: `~/.aws/config` and `~/.aws/credentials`, in the dialect of the AWS command line. A
 * section is a profile; settings that are indented below another one belong to it, as `endpoint_url` below `s3` does.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RemoteError } from '../../../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** By name; those that are indented as `outer.inner`. */
export type Settings = ReadonlyMap<string, string>;

export interface AwsFiles {
  /** Of both files; keys of the credentials file count first. Undefined for a profile that neither has. */
  readonly profile: (name: string) => Settings | undefined;
  /** The section `[services NAME]`. */
  readonly services: (name: string) => Settings | undefined;
}

/** Files that are not there say nothing. @throws RemoteError for one that cannot be read */
export function awsFiles(env: Environment): AwsFiles {
  const home = env['HOME'] ?? homedir();
  const config = sectionsOf(env['AWS_CONFIG_FILE'] ?? join(home, '.aws/config'));
  const credentials = sectionsOf(env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials'));
  return {
    profile: (name) => {
      // In the file of settings, all but the default are called `profile NAME`.
      const ofConfig = config.get(`profile ${name}`) ?? (name === 'default' ? config.get(name) : undefined);
      const ofCredentials = credentials.get(name);
      if (ofConfig === undefined && ofCredentials === undefined) return undefined;
      return new Map([...(ofConfig ?? []), ...(ofCredentials ?? [])]);
    },
    services: (name) => config.get(`services ${name}`),
  };
}

function sectionsOf(path: string): ReadonlyMap<string, Settings> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map();
    throw new RemoteError('denied', `${path}, which may hold keys of buckets, cannot be read: ${message}.`, {
      cause: error,
    });
  }
  return parseSections(text);
}

/** Lines that are none of settings are passed over, as AWS's own tools do. */
export function parseSections(text: string): ReadonlyMap<string, Settings> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let outer = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.replaceAll(/\s+/g, ' ').replaceAll(/["']/g, '');
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      outer = '';
      continue;
    }
    const [, indent, name, value] = /^(\s*)([^\s#;=][^=]*?)\s*=\s*(.*?)(?:\s+[#;].*)?\s*$/.exec(line) ?? [];
    if (section === undefined || name === undefined || value === undefined) continue;
    if (indent === '') outer = name;
    section.set(indent === '' ? name.toLowerCase() : `${outer}.${name}`.toLowerCase(), value);
  }
  return sections;
}
