/**
 * Colour for ordinary lines: only on a terminal that shows it, and never where NO_COLOR is set (https://no-color.org).
 */

/** Gives a text its colour or weight, and ends it after the text. */
export type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
}

export function styleFor(terminal: boolean, env: Readonly<Record<string, string | undefined>>): Style {
  const colourful = isColourful(terminal, env);
  const paint = (on: number, off: number) => (text: string) =>
    colourful ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), green: paint(32, 39), yellow: paint(33, 39) };
}

export function isColourful(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return terminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}
