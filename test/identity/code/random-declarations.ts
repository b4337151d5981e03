/** The declarations that random projects consist of: each has a number in it, and uses others. */

export interface Declaration {
  readonly kind: number;
  /** Numbers of other declarations. */
  readonly uses: readonly number[];
  /** Another one does something else. */
  readonly variant: number;
}

interface Kind {
  readonly name: string;
  /** An expression of its value, by its name. */
  readonly use: (name: string) => string;
  /** `NAME`, `NUMBER`, `OTHERS` (a number) and `:TYPE` are filled in; each text does something else. */
  readonly texts: readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    name: 'value',
    use: (name) => name,
    texts: ['const NAME = NUMBER + OTHERS;', 'const NAME = NUMBER - OTHERS;'],
  },
  {
    name: 'weigh',
    use: (name) => `${name}(2)`,
    texts: [
      'function NAME(x:TYPE, y = NUMBER):TYPE { return x * y + OTHERS; }',
      'function NAME(x:TYPE, y = NUMBER):TYPE { return x * y - OTHERS; }',
      'function NAME(x:TYPE, y = 7):TYPE { return x * y + NUMBER + OTHERS; }',
    ],
  },
  {
    name: 'scale',
    use: (name) => `${name}(3)`,
    texts: ['const NAME = (x:TYPE) => x + NUMBER + OTHERS;', 'const NAME = (x:TYPE) => -x + NUMBER + OTHERS;'],
  },
  {
    name: 'Layer',
    use: (name) => `new ${name}(4).size()`,
    texts: [
      'class NAME { static known = NUMBER; x; constructor(x = 1) { this.x = x; } size():TYPE { return this.x + OTHERS; } }',
      'class NAME { static known = NUMBER; x; constructor(x = 1) { this.x = x; } size():TYPE { return this.x - OTHERS; } }',
    ],
  },
  {
    name: 'Rate',
    use: (name) => name,
    texts: [
      'const NAME = z.number().min(NUMBER)DESCRIBED.refine((it) => it < OTHERS);',
      'const NAME = z.number().min(NUMBER)DESCRIBED.refine((it) => it <= OTHERS);',
      'const NAME = z.number().max(NUMBER).refine((it) => it < OTHERS)DESCRIBED;',
    ],
  },
  {
    name: 'known',
    use: (name) => `${name}.size`,
    texts: ["const NAME = new Map([['a', NUMBER], ['b', OTHERS]]);", 'const NAME = new Set([NUMBER, OTHERS]);'],
  },
  {
    name: 'fixed',
    use: (name) => `${name}.value`,
    texts: [
      "const NAME = Object.freeze({ value: NUMBER + OTHERS, word: 'a' });",
      "const NAME = Object.freeze({ value: NUMBER + OTHERS, word: 'b' });",
    ],
  },
  {
    name: 'Block',
    use: (name) => `${name}.sum`,
    texts: [
      'class NAME { static sum = 0; static { for (const one of [NUMBER, OTHERS]) this.sum += one; } }',
      'class NAME { static sum = 0; static { for (const one of [NUMBER, OTHERS]) this.sum -= one; } }',
    ],
  },
  {
    name: 'Word',
    // Not `.A`: esbuild puts the number itself into the file of the enum, and cannot in others.
    use: (name) => `Object.keys(${name}).length`,
    texts: ['enum NAME { A = NUMBER, B = OTHERS }', 'enum NAME { A = NUMBER, C = OTHERS }'],
  },
  {
    name: 'text',
    use: (name) => `${name}.length`,
    texts: ['const NAME = String.raw`a${NUMBER}${OTHERS}`;', 'const NAME = String.raw`b${NUMBER}${OTHERS}`;'],
  },
  {
    name: 'list',
    use: (name) => `${name}[0]!`,
    texts: ['const NAME = [NUMBER, 2].map((it) => it + OTHERS);', 'const NAME = [NUMBER, 2].map((it) => it * OTHERS);'],
  },
  {
    name: 'bytes',
    use: (name) => `${name}[0]!`,
    texts: ['const NAME = Float64Array.of(NUMBER, OTHERS);', 'const NAME = new Float32Array([NUMBER, OTHERS]);'],
  },
];

export function isSchema(declaration: Declaration): boolean {
  return kindOf(declaration).name === 'Rate';
}

export function nameOf(declaration: Declaration, index: number): string {
  return `${kindOf(declaration).name}${index}`;
}

export function useOf(declaration: Declaration, name: string): string {
  return kindOf(declaration).use(name);
}

/** `@3@` stands for the use of declaration 3. */
export function declarationText(
  declaration: Declaration,
  number: number,
  index: number,
  { types, words }: { readonly types: boolean; readonly words: string },
): string {
  const { uses, variant } = declaration;
  const { texts } = kindOf(declaration);
  // Each variant has another text or, after the last one, another number.
  const text = texts[variant % texts.length]!;
  const value = String(100 + number * 10 + Math.floor(variant / texts.length));
  return text
    .replaceAll('NAME', nameOf(declaration, index))
    .replaceAll('NUMBER', value)
    .replaceAll('OTHERS', uses.length === 0 ? '1' : uses.map((i) => `@${i}@`).join(' + '))
    .replaceAll(':TYPE', types ? ': number' : '')
    .replaceAll('DESCRIBED', words === '' ? '' : `.describe(${JSON.stringify(words)})`);
}

function kindOf({ kind }: Declaration): Kind {
  return KINDS[kind % KINDS.length]!;
}
