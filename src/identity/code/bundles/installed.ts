/** How bundling treats the packages that are installed: where texts import them from, and what that can execute. */
import type { ReachOf } from '../packages/package-types.ts';
import type { AddressOf } from '../resolution/resolve.ts';
import type { KnownSources } from '../sources/known-sources.ts';

export interface Installed {
  readonly addressOf: AddressOf;
  readonly reachOf: ReachOf;
  readonly sources: KnownSources;
}
