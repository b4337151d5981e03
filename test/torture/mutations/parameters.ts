/** Parameters, seeds, the environment, and how a run is asked for. */
import { edit, type Mutation, neutral, real } from './mutation.ts';

const given = (kind: Mutation['kind'], what: string, ...args: readonly string[]): Mutation => ({ what, kind, args });

export const PARAMETERS: readonly Mutation[] = [
  given('real', 'a number is given', '-S', 'rate=0.25'),
  given('real', 'a number differs in its last place', '-S', 'rate=0.5000000000000001'),
  given('neutral', 'the default is given', '-S', 'rate=0.5'),
  given('neutral', 'the default is written in another way', '-S', 'rate=5e-1'),
  given('real', 'a choice is given', '-S', 'mode=sum'),
  given('neutral', 'the default choice is given', '-S', 'mode=mean'),
  given('real', 'a word is given', '-S', 'label=b'),
  given('real', 'a word that looks like a number is given', '-S', 'label=1'),
  given('real', 'a list is given', '-S', 'layers=[{"width":3},{"width":6}]'),
  given('real', 'a list is longer', '-S', 'layers=[{"width":4},{"width":6},{"width":1}]'),
  given('real', 'a list is empty', '-S', 'layers=[]'),
  given('neutral', 'the default list is given', '-S', 'layers=[{"width":4},{"width":6}]'),
  given('neutral', 'the default list is given by its own defaults', '-S', 'layers=[{},{"width":6}]'),
  given('neutral', 'minus nought is given for nought', '-S', 'shift=-0'),
  given('real', 'a small number is given', '-S', 'shift=1e-300'),
  given('real', 'a fan-out grows', '-S', 'parts=4'),
  given('real', 'a fan-out shrinks', '-S', 'parts=2'),
  given('real', 'a fan-out is empty', '-S', 'parts=0'),
  given('real', 'a parameter of the observation', '-S', 'digits=3'),
  given('real', 'two parameters at once', '-S', 'rate=0.25', '-S', 'digits=4'),
  given('real', 'another seed', '--seed', '1'),
  given('neutral', 'the default seed', '--seed', '0'),
  given('neutral', 'one job', '-j', '1'),
  given('neutral', 'seven jobs', '-j', '7'),
  given('neutral', 'another file of the same bytes', '-S', 'file=data/same.csv'),
  given('real', 'another file', '-S', 'file=data/other.csv'),
  { what: 'a declared variable is set', kind: 'real', env: { WORLD_UNIT: 'GeV' } },
  { what: 'a declared variable is empty', kind: 'real', env: { WORLD_UNIT: '' } },
  { what: 'a variable that is not declared', kind: 'neutral', env: { WORLD_OTHER: '1' } },
  { what: 'the time zone', kind: 'neutral', env: { TZ: 'Pacific/Chatham' } },
  { what: 'the language', kind: 'neutral', env: { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } },
  { what: 'the home directory', kind: 'neutral', env: { HOME: '/tmp' } },
  real('a default of the pipeline', edit('index.ts', 'rate: z.number().default(0.5)', 'rate: z.number().default(0.7)')),
  real('a default in a list', edit('index.ts', 'width: 4 }', 'width: 5 }')),
  neutral(
    'a description of a parameter',
    edit('index.ts', 'rate: z.number()', "rate: z.number().describe('how fast')"),
  ),
  neutral(
    'the order of parameters',
    edit(
      'index.ts',
      "    label: z.string().default('a'),\n    shift: z.number().default(0),\n",
      "    shift: z.number().default(0),\n    label: z.string().default('a'),\n",
    ),
  ),
];
