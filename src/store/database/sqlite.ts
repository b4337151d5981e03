/**
 * The binding to SQLite for this Node. From Node 22 on it is better-sqlite3 13, which uses Node-API: it needs no
 * compiler, and one build serves every Node. Version 12 serves Node 20, where 13 crashes. On Node 24.19 and later, 12
 * ends the process at random (nodejs/node#65446), so it is taken there only if 13 was not installed, and doctor says
 * so.
 */
import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';

/** Optional, so that npm leaves it out on an older Node. */
const NODE_API = 'better-sqlite3-node-api';
const NODE_API_SINCE = 22;
const UNSAFE_SINCE = [24, 19] as const;

const require = createRequire(import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const overNodeApi = major >= NODE_API_SINCE ? installed(NODE_API) : undefined;

export type SqliteDatabase = BetterSqlite3.Database;
export const Database: typeof BetterSqlite3 = overNodeApi ?? (require('better-sqlite3') as typeof BetterSqlite3);

/** Whether the binding may end the process on this Node. */
export const isSqliteUnsafe =
  overNodeApi === undefined && (major > UNSAFE_SINCE[0] || (major === UNSAFE_SINCE[0] && minor >= UNSAFE_SINCE[1]));

function installed(name: string): typeof BetterSqlite3 | undefined {
  try {
    return require(name) as typeof BetterSqlite3;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
