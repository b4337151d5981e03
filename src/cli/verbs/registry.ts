/**
 * Every verb of the command line, in the order of the help text. A verb is one file of this folder; to add one, write
 * the file and name it here. Help, checks, completion and dispatch follow. A verb's file is loaded when the verb is
 * asked for, and all of them for the help text, so none of them imports at its head what takes time to load.
 */
import type { Verbs } from '../arguments/verb.ts';

export const VERBS: Verbs = {
  run: () => import('./run.ts'),
  plan: () => import('./plan.ts'),
  status: () => import('./status.ts'),
  log: () => import('./log.ts'),
  console: () => import('./console.ts'),
  why: () => import('./why.ts'),
  show: () => import('./show.ts'),
  how: () => import('./how.ts'),
  uses: () => import('./uses.ts'),
  compare: () => import('./compare.ts'),
  metrics: () => import('./metrics.ts'),
  get: () => import('./get.ts'),
  export: () => import('./export.ts'),
  ablate: () => import('./ablate.ts'),
  branch: () => import('./branch.ts'),
  tree: () => import('./tree.ts'),
  graph: () => import('./graph.ts'),
  report: () => import('./report.ts'),
  verify: () => import('./verify.ts'),
  diff: () => import('./diff.ts'),
  bundle: () => import('./bundle.ts'),
  replay: () => import('./replay.ts'),
  accept: () => import('./accept.ts'),
  cost: () => import('./cost.ts'),
  sql: () => import('./sql.ts'),
  remote: () => import('./remote.ts'),
  push: () => import('./push.ts'),
  pull: () => import('./pull.ts'),
  tag: () => import('./tag.ts'),
  backup: () => import('./backup.ts'),
  pin: () => import('./pin.ts'),
  unpin: () => import('./unpin.ts'),
  rm: () => import('./rm.ts'),
  gc: () => import('./gc.ts'),
  du: () => import('./du.ts'),
  fsck: () => import('./fsck.ts'),
  completion: () => import('./completion.ts'),
  init: () => import('./init.ts'),
  doctor: () => import('./doctor.ts'),
};
