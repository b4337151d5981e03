/** A captured terminal screen, with its escape sequences for colours, as an SVG picture. */

export interface Picture {
  readonly title: string;
  readonly columns: number;
}

interface Look {
  readonly colour: number | null;
  readonly bold: boolean;
  readonly faint: boolean;
}

const PLAIN: Look = { colour: null, bold: false, faint: false };
const CELL = { width: 8.4, height: 18 };
const PADDING = 16;
const BAR = 34;
const INK = '#d5dae3';
const FAINT = '#6b7585';
/** By the number of the SGR sequence that sets it. */
const COLOURS: Readonly<Record<number, string>> = {
  31: '#f2777a',
  32: '#8fc98b',
  33: '#e8c268',
  36: '#66c8d3',
};
const FONT = "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** @param screen lines with SGR sequences, as `tmux capture-pane -e` gives them */
export function ansiToSvg(screen: string, { title, columns }: Picture): string {
  const lines = screen.trimEnd().split('\n');
  const width = Math.ceil(columns * CELL.width + 2 * PADDING);
  const height = Math.ceil(lines.length * CELL.height + 2 * PADDING + BAR);
  let look = PLAIN;
  const drawn = lines.flatMap((line, row) => {
    const y = BAR + PADDING + (row + 0.75) * CELL.height;
    let column = 0;
    const parts: string[] = [];
    for (const piece of line.split(/(\u001b\[[\d;]*m)/)) {
      const codes = /^\u001b\[([\d;]*)m$/.exec(piece)?.[1];
      if (codes !== undefined) {
        look = codes.split(';').map(Number).reduce(changed, look);
        continue;
      }
      parts.push(...words(piece, column, y, look));
      column += [...piece].length;
    }
    return parts;
  });
  const dots = ['#f2777a', '#e8c268', '#8fc98b'].map(
    (colour, k) => `<circle cx="${PADDING + 6 + 18 * k}" cy="${BAR / 2 + 2}" r="5.5" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" rx="9" fill="#171b22"/>`,
    ...dots,
    `<g font-family="${FONT}" font-size="14" fill="${INK}" xml:space="preserve">`,
    ...drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Runs of text between blanks, each where it stands and as long as its cells are, whatever font there is. */
function words(text: string, column: number, y: number, look: Look): readonly string[] {
  return [...text.matchAll(/\S+(?: \S+)*/gu)].map((match) => {
    const at = column + [...text.slice(0, match.index)].length;
    const cells = [...match[0]].length;
    const x = (PADDING + at * CELL.width).toFixed(1);
    return `<text x="${x}" y="${y.toFixed(1)}" textLength="${(cells * CELL.width).toFixed(1)}" lengthAdjust="spacingAndGlyphs"${style(look)}>${escaped(match[0])}</text>`;
  });
}

function style({ colour, bold, faint }: Look): string {
  const fill = colour === null ? (faint ? FAINT : undefined) : COLOURS[colour];
  return (fill === undefined ? '' : ` fill="${fill}"`) + (bold ? ' font-weight="bold"' : '');
}

function changed(look: Look, code: number): Look {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, faint: true };
  if (code === 22) return { ...look, bold: false, faint: false };
  if (code === 39) return { ...look, colour: null };
  return code >= 30 && code <= 37 ? { ...look, colour: code } : look;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
