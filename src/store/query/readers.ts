/**
 * The readers of the record, by name. They write nothing, and report damage that they see. Every query uses an index,
 * or reads the rows of one run.
 */
import type { Digest } from '../../core/identity/digest.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { Queries } from '../database/statements.ts';
import { AccessReader } from './accesses.ts';
import { AncestryReader } from './ancestry.ts';
import { AttemptReader } from './attempts.ts';
import { CodeReader } from './codes.ts';
import { ConditionReader } from './conditions.ts';
import { CostHistory } from './cost-history.ts';
import { EffectReader } from './effects.ts';
import { EquivalenceReader } from './equivalences.ts';
import { EvictionReader } from './evictions.ts';
import { LineageReader } from './lineage.ts';
import { NumberReader } from './numbers.ts';
import { PinReader } from './pins.ts';
import { PrefixReader } from './prefixes.ts';
import { RunReader } from './runs.ts';
import { StateReader } from './states.ts';
import { StudyReader } from './studies.ts';
import { TagReader } from './tags.ts';
import { TraceReader } from './traces.ts';
import { VerificationReader } from './verifications.ts';
import { VisitReader } from './visits.ts';

export class Readers {
  readonly runs: RunReader;
  readonly visits: VisitReader;
  readonly attempts: AttemptReader;
  readonly states: StateReader;
  readonly codes: CodeReader;
  readonly costs: CostHistory;
  readonly lineage: LineageReader;
  readonly ancestry: AncestryReader;
  readonly numbers: NumberReader;
  readonly prefixes: PrefixReader;
  readonly tags: TagReader;
  readonly accesses: AccessReader;
  readonly verifications: VerificationReader;
  readonly studies: StudyReader;
  readonly effects: EffectReader;
  readonly conditions: ConditionReader;
  readonly equivalences: EquivalenceReader;
  readonly traces: TraceReader;
  readonly evictions: EvictionReader;
  readonly pins: PinReader;

  constructor(db: SqliteDatabase, names: Names, onDamage: (digest: Digest) => void) {
    const queries = new Queries(db);
    this.runs = new RunReader(queries);
    this.visits = new VisitReader(queries, names);
    this.attempts = new AttemptReader(queries, names);
    this.states = new StateReader(db, names, onDamage);
    this.codes = new CodeReader(queries);
    this.costs = new CostHistory(queries, names);
    this.lineage = new LineageReader(queries);
    this.ancestry = new AncestryReader(queries);
    this.numbers = new NumberReader(queries);
    this.prefixes = new PrefixReader(queries);
    this.tags = new TagReader(queries, names);
    this.accesses = new AccessReader(queries);
    this.verifications = new VerificationReader(queries);
    this.studies = new StudyReader(queries);
    this.effects = new EffectReader(queries);
    this.traces = new TraceReader(queries);
    this.pins = new PinReader(queries);
    this.evictions = new EvictionReader(queries);
    this.conditions = new ConditionReader(queries);
    this.equivalences = new EquivalenceReader(queries);
  }
}
