/** Shares of something, as options give them: `10%`. */
import { UsageError } from '../../errors.ts';
import { text } from './options.ts';
import type { Invocation } from './verb.ts';

/** Above 0 and up to 1; undefined without the option. @throws UsageError */
export function share(invocation: Invocation, name: string): number | undefined {
  const given = text(invocation, name);
  if (given === undefined) return undefined;
  const percent = Number(/^(\d+(?:\.\d+)?)%?$/.exec(given)?.[1] ?? Number.NaN);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new UsageError(`--${name} ${given} is not a share; give a percentage above 0 and up to 100, such as 10%.`);
}
