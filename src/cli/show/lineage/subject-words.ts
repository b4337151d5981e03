/** What a lineage is of, in one sentence: `3.32 is ams.value in the output score of score (state 3fa9c1d2), ...`. */
import { short } from '../../../core/identity/digest.ts';
import type { Lineage } from '../../../audit/lineage/lineage.ts';
import { plural } from '../../../ui/text/format.ts';
import { effectWords } from '../studies/effects.ts';
import { listWords } from '../words/prose.ts';

const MOST_OTHERS = 3;

export function subjectWords(lineage: Lineage): string {
  const { others } = lineage.subject;
  const named = others.slice(0, MOST_OTHERS).map(({ state, node }) => `${short(state)} (${node})`);
  const more = others.length > MOST_OTHERS ? ', ...' : '';
  const same =
    others.length === 0
      ? ''
      : ` ${others.length === 1 ? 'Another state has' : `${others.length} other states have`} the same bytes: ${named.join(', ')}${more}.`;
  return `${whatWords(lineage)}.${same}`;
}

function whatWords(lineage: Lineage): string {
  const { kind, asked, roots, path, value, digest, file } = lineage.subject;
  const [root] = roots;
  if (root === undefined) return `${asked} was made by no stage`;
  const state = `${root.node} (state ${short(root.state)})`;
  const place = placeWords(lineage);
  switch (kind) {
    case 'value': {
      const at = path === '' ? `the output ${root.output!}` : `${path!} in the output ${root.output!}`;
      return `${clip(JSON.stringify(value))} is ${at} of ${state}${place}`;
    }
    case 'metric':
      return `${numberWord(value)} is the last value of the metric ${path!} of ${state}${place}`;
    case 'output': {
      const what = file === undefined ? `${root.node}.${root.output!}` : file;
      return `${what} (SHA-256 ${digest!}) is the output ${root.output!} of ${state}${place}`;
    }
    case 'state':
      return `${root.node} is the state ${short(root.state)}${place}`;
    case 'run': {
      const names = roots.map(({ result, node }) => result ?? node);
      const noun = roots.every(({ result }) => result !== undefined) ? 'result' : 'final node';
      const run = lineage.runs.find((each) => each.run === lineage.subject.run)!;
      return `Run ${run.run} of the pipeline ${run.pipeline} (${run.source}) has ${plural(roots.length, noun)}: ${listWords(names)}`;
    }
    case 'effects':
      return effectWords(lineage.subject.effects!, asked, file);
    case 'input':
      return `${asked} is an input`;
  }
}

const MOST_TEXT = 60;

function clip(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`;
}

/** JSON has no NaN and no infinities, and a metric may be one. */
function numberWord(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** `, a result of run 1 of the pipeline light (pipelines/light/index.ts)` */
function placeWords({ subject, states, runs }: Lineage): string {
  const run = runs.find((each) => each.run === (subject.run ?? states.at(-1)?.run));
  if (run === undefined) return '';
  const result = subject.roots[0]?.result;
  const role = result === undefined ? '' : `, the result ${result}`;
  const maker = states.at(-1)!.run;
  const made = maker === run.run ? '' : `, which run ${maker} made`;
  return `${role} in run ${run.run} of the pipeline ${run.pipeline} (${run.source})${made}`;
}
