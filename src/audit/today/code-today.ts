/**
 * Stages' code and packages today: what a run would hash now, of each pipeline whose stages made states. It bundles,
 * which is remembered as long as no source changes, and executes nothing of the pipeline.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { short } from '../../core/identity/digest.ts';
import { RestageError } from '../../errors.ts';
import type { StageCode } from '../../planning/definition/stage-code.ts';
import { findProject, type Project } from '../../planning/request/project.ts';
import type { Cache } from '../../store/cache.ts';
import type { PastCode, TodayFact, TodaysPlace } from './today-facts.ts';

/** As bundling says it of a stage that no module exports any more. */
const MISSING = /is not exported, with that literal name, by any module/;

export async function codeToday(
  cache: Cache,
  codes: readonly PastCode[],
  place: TodaysPlace,
): Promise<readonly TodayFact[]> {
  const facts: TodayFact[] = [];
  for (const source of new Set(codes.map((code) => code.source)))
    facts.push(
      ...(await ofPipeline(
        cache,
        source,
        codes.filter((code) => code.source === source),
        place,
      )),
    );
  // Several stages use one package, mostly in the same version.
  return [...new Map(facts.map((fact) => [JSON.stringify(fact), fact])).values()];
}

async function ofPipeline(
  cache: Cache,
  source: string,
  codes: readonly PastCode[],
  { root }: TodaysPlace,
): Promise<readonly TodayFact[]> {
  const path = root === undefined ? undefined : join(root, source);
  if (path === undefined || !existsSync(path)) {
    const note = path === undefined ? 'there is no project here' : `the pipeline's file ${source} is gone`;
    const standing = path === undefined ? 'unknown' : 'gone';
    return codes.flatMap((code) => factsOf(code, standing, undefined, note));
  }
  const project = findProject(source, root!);
  const now = await stagesToday(cache, project, codes);
  return codes.flatMap((code) => {
    const found = now.get(code.stage);
    if (found instanceof RestageError) {
      const isGone = !existsSync(join(project.root, code.module)) || MISSING.test(found.message);
      return factsOf(code, isGone ? 'gone' : 'unknown', undefined, found.message);
    }
    if (found!.digest === code.digest) return factsOf(code, 'same', found, null);
    if (!code.equivalents.includes(found!.digest)) return factsOf(code, 'changed', found, null);
    return factsOf(code, 'same', found, 'other code, which gave the same bytes');
  });
}

/** All stages at once, as the latest run asked for them; where that fails, each alone. */
async function stagesToday(
  cache: Cache,
  project: Project,
  codes: readonly PastCode[],
): Promise<ReadonlyMap<string, StageCode | RestageError>> {
  const wanted = [...new Set(codes.map(({ stage }) => stage))].sort();
  const run = codes.find(({ latestRun }) => latestRun !== undefined)?.latestRun;
  const ofRun = run === undefined ? [] : cache.query.ancestry.stagesOf(run);
  const asked = wanted.every((stage) => ofRun.includes(stage)) ? ofRun : wanted;
  try {
    return await load(cache, project, asked);
  } catch (error) {
    if (!(error instanceof RestageError)) throw error;
    const found = new Map<string, StageCode | RestageError>();
    for (const stage of wanted)
      try {
        found.set(stage, (await load(cache, project, [stage])).get(stage)!);
      } catch (reason) {
        if (!(reason instanceof RestageError)) throw reason;
        found.set(stage, reason);
      }
    return found;
  }
}

async function load(cache: Cache, project: Project, stages: readonly string[]): Promise<Map<string, StageCode>> {
  const { loadStageCode } = await import('../../planning/definition/stage-code.ts');
  const { stages: codes } = await loadStageCode(cache, project, stages);
  return new Map(codes.map((code) => [code.stage, code]));
}

function factsOf(
  { stage, digest, packages }: PastCode,
  standing: TodayFact['standing'],
  now: StageCode | undefined,
  note: string | null,
): readonly TodayFact[] {
  const code: TodayFact = {
    kind: 'code',
    name: stage,
    standing,
    then: short(digest),
    now: now === undefined ? null : short(now.digest),
    note,
  };
  return [
    code,
    ...packages.map(({ name, value, digest: content }): TodayFact => {
      const fact = { kind: 'package' as const, name, then: value };
      if (now === undefined)
        return { ...fact, standing: 'unknown', now: null, note: 'the code that used it is not known today' };
      const installed = now.packages.find((each) => each.name === name);
      if (installed === undefined)
        return { ...fact, standing: 'gone', now: null, note: `${stage} does not use it any more` };
      if (installed.digest === content) return { ...fact, standing: 'same', now: installed.version, note: null };
      const sameVersion = installed.version === value ? 'its files differ in the same version' : null;
      return { ...fact, standing: 'changed', now: installed.version, note: sameVersion };
    }),
  ];
}
