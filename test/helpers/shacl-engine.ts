/**
 * Validates a crate with the published SHACL shapes, by an engine of npm's in a folder of its own: it brings hundreds
 * of packages, so nobody fetches it but `npm run fixture:shacl`.
 *
 * The engine lacks three things that the shapes use, so they are written out in the data before it starts: rules that
 * add a triple, classes that stand for others, and a path of one or more steps backwards.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SCHEMAS } from '../export/schemas.ts';

const FOLDER = fileURLToPath(new URL('./shacl/', import.meta.url));

export const hasShaclEngine = existsSync(join(FOLDER, 'node_modules/shacl-engine'));
export const NO_SHACL_ENGINE = 'no SHACL engine to test with; get it with: npm run fixture:shacl';

/** The terms and graphs of RDF/JS, as far as they are used here. */
interface Term {
  readonly termType: string;
  readonly value: string;
  readonly language?: string;
  readonly datatype?: Term;
  equals(other: Term | undefined): boolean;
}
interface Quad {
  readonly subject: Term;
  readonly predicate: Term;
  readonly object: Term;
}
interface Graph extends Iterable<Quad> {
  add(quad: Quad): void;
  delete(quad: Quad): void;
  has(quad: Quad): boolean;
  match(subject: Term | null, predicate: Term | null, object?: Term | null): Graph;
}
interface Factory {
  namedNode(iri: string): Term;
  blankNode(id: string): Term;
  literal(value: string, languageOrDatatype?: string | Term): Term;
  quad(subject: Term, predicate: Term, object: Term): Quad;
  dataset(): Graph;
}
interface Pointer extends Iterable<Pointer> {
  readonly term: Term;
  out(predicates: readonly Term[]): Pointer;
}
interface Context {
  readonly valueOrNode: Pointer;
  readonly values: Iterable<Pointer>;
  test(holds: boolean, component: Term, details: { readonly args: object; readonly message: readonly Term[] }): void;
}
type Compile = (shape: { readonly ptr: Pointer }) => Readonly<Record<'node' | 'property', (context: Context) => void>>;
interface Result {
  readonly message: readonly Term[];
  readonly focusNode?: { readonly term?: Term };
}
interface Engine {
  readonly factory: Factory;
  readonly select: (query: string, over: Graph) => Promise<readonly Term[]>;
  readonly validate: (shapes: Graph, data: Graph, more: ReadonlyMap<Term, Compile>) => Promise<readonly Result[]>;
  readonly parse: (turtle: string, base: string, number: number) => readonly Quad[];
  readonly toRdf: (document: unknown, options: object) => Promise<readonly Quad[]>;
}

const SH = 'http://www.w3.org/ns/shacl#';
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const HAS_PART = 'http://schema.org/hasPart';
const WITHIN = 'urn:within';
/** A folder's: an address of the web would make a file of the crate one of the web. */
const BASE = 'file:///crate/';
const CONTEXTS: Readonly<Record<string, string>> = {
  'https://w3id.org/ro/crate/1.1/context': 'context-1.1.jsonld',
  'https://w3id.org/ro/terms/workflow-run/context': 'context-workflow-run.jsonld',
};

/** @returns what breaks a shape, each as `message: entity` */
export async function brokenShapes(crate: unknown, level: 'must' | 'should'): Promise<readonly string[]> {
  const engine = await loadEngine();
  const check = new Check(engine, await dataOf(engine, crate), shapesOf(engine, level));
  return check.run();
}

class Check {
  readonly #engine: Engine;
  readonly #data: Graph;
  readonly #shapes: Graph;
  readonly #f: Factory;

  constructor(engine: Engine, data: Graph, shapes: Graph) {
    this.#engine = engine;
    this.#data = data;
    this.#shapes = shapes;
    this.#f = engine.factory;
  }

  async run(): Promise<readonly string[]> {
    this.#writeOutPaths();
    while ((await this.#applyRules()) || this.#widenTypes());
    const hasValue = this.#sh('hasValue');
    const results = await this.#engine.validate(this.#shapes, this.#data, new Map([[hasValue, this.#all(hasValue)]]));
    const broken = results.map(
      ({ message, focusNode }) => `${message.map(({ value }) => value).join('; ')}: ${focusNode?.term?.value ?? '?'}`,
    );
    return [...new Set(broken)];
  }

  /** `sh:oneOrMorePath [ sh:inversePath schema:hasPart ]` as the inverse of a property that says "anywhere within". */
  #writeOutPaths(): void {
    const [within, hasPart] = [this.#f.namedNode(WITHIN), this.#f.namedNode(HAS_PART)];
    for (const { subject, predicate, object } of [...this.#shapes.match(null, this.#sh('oneOrMorePath'))]) {
      const [inner] = this.#objects(object, 'inversePath');
      if (inner?.value !== HAS_PART) throw new Error('a shape has a path of another form than those written out here');
      this.#shapes.delete(this.#f.quad(subject, predicate, object));
      this.#shapes.add(this.#f.quad(subject, this.#sh('inversePath'), within));
    }
    for (const { subject, object } of this.#data.match(null, hasPart))
      this.#data.add(this.#f.quad(subject, within, object));
    for (let grown = true; grown;) {
      grown = false;
      for (const outer of [...this.#data.match(null, within)])
        for (const inner of [...this.#data.match(outer.object, hasPart)])
          grown = this.#learn(this.#f.quad(outer.subject, within, inner.object)) || grown;
    }
  }

  async #applyRules(): Promise<boolean> {
    let grown = false;
    for (const { subject: shape, object: rule } of this.#shapes.match(null, this.#sh('rule'))) {
      const [s, p, o] = ['subject', 'predicate', 'object'].map((part) => this.#objects(rule, part)[0]!);
      for (const node of await this.#targets(shape)) {
        const filled = (term: Term): Term => (term.value === `${SH}this` ? node : term);
        grown = this.#learn(this.#f.quad(filled(s!), p!, filled(o!))) || grown;
      }
    }
    return grown;
  }

  async #targets(shape: Term): Promise<readonly Term[]> {
    const classes = this.#objects(shape, 'targetClass').flatMap((type) =>
      [...this.#data.match(null, this.#f.namedNode(`${RDF}type`), type)].map(({ subject }) => subject),
    );
    const selects = this.#objects(shape, 'target').flatMap((target) => this.#objects(target, 'select'));
    const selected = await Promise.all(selects.map(({ value }) => this.#engine.select(value, this.#data)));
    return [...classes, ...this.#objects(shape, 'targetNode'), ...selected.flat()];
  }

  #widenTypes(): boolean {
    const of = (predicate: string): readonly Quad[] => [...this.#shapes.match(null, this.#f.namedNode(predicate))];
    const equal = of('http://www.w3.org/2002/07/owl#equivalentClass');
    const wider = [
      ...of('http://www.w3.org/2000/01/rdf-schema#subClassOf').map(({ subject, object }) => [subject, object] as const),
      ...equal.map(({ subject, object }) => [subject, object] as const),
      ...equal.map(({ subject, object }) => [object, subject] as const),
    ];
    let grown = false;
    for (const [narrow, wide] of wider)
      for (const { subject, predicate } of [...this.#data.match(null, this.#f.namedNode(`${RDF}type`), narrow)])
        grown = this.#learn(this.#f.quad(subject, predicate, wide)) || grown;
    return grown;
  }

  /** The engine knows one value a shape, and takes none for several. */
  #all(hasValue: Term): Compile {
    return ({ ptr }) => {
      const wanted = [...ptr.out([hasValue])].map(({ term }) => term);
      const test = (context: Context, values: readonly Term[]): void => {
        for (const each of wanted)
          context.test(
            values.some((value) => each.equals(value)),
            this.#sh('HasValueConstraintComponent'),
            { args: { hasValue: each }, message: [this.#f.literal(`lacks ${each.value}`)] },
          );
      };
      return {
        node: (context) => test(context, [context.valueOrNode.term]),
        property: (context) =>
          test(
            context,
            [...context.values].map(({ term }) => term),
          ),
      };
    };
  }

  #learn(quad: Quad): boolean {
    if (this.#data.has(quad)) return false;
    this.#data.add(quad);
    return true;
  }

  #objects(subject: Term, name: string): readonly Term[] {
    return [...this.#shapes.match(subject, this.#sh(name))].map(({ object }) => object);
  }

  #sh(name: string): Term {
    return this.#f.namedNode(SH + name);
  }
}

async function dataOf({ toRdf, factory }: Engine, crate: unknown): Promise<Graph> {
  const documentLoader = (url: string): Promise<object> => {
    const file = CONTEXTS[url];
    if (file === undefined) throw new Error(`the crate has the context ${url}, which is not among the published ones`);
    const document: unknown = JSON.parse(readFileSync(join(SCHEMAS, 'ro-crate', file), 'utf8'));
    return Promise.resolve({ contextUrl: null, documentUrl: url, document });
  };
  return graphOf(factory, await toRdf(crate, { base: BASE, documentLoader }));
}

/** All profiles at once: a Provenance Run Crate is one of each. */
function shapesOf({ parse, factory }: Engine, level: 'must' | 'should'): Graph {
  const folder = join(SCHEMAS, 'ro-crate/shapes');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /(?:prefixes|ontology)\.ttl$/.test(file) || (file.includes(`/${level}/`) && file.endsWith('.ttl')),
  );
  const shapes = graphOf(
    factory,
    files.flatMap((file, index) => parse(readFileSync(join(folder, file), 'utf8'), BASE, index)),
  );
  prefixQueries(factory, shapes);
  return shapes;
}

/** Queries name their prefixes by a reference, which the engine follows for constraints and not for targets. */
function prefixQueries(f: Factory, shapes: Graph): void {
  const one = (subject: Term, name: string): string =>
    [...shapes.match(subject, f.namedNode(SH + name))].map(({ object }) => object.value)[0]!;
  const declared = [...shapes.match(null, f.namedNode(`${SH}declare`))].map(({ object }) => object);
  const lines = declared.map((each) => `PREFIX ${one(each, 'prefix')}: <${absolute(one(each, 'namespace'))}>`);
  for (const each of [...shapes.match(null, f.namedNode(`${SH}namespace`))]) {
    shapes.delete(each);
    shapes.add(f.quad(each.subject, each.predicate, f.literal(absolute(each.object.value))));
  }
  for (const each of [...shapes.match(null, f.namedNode(`${SH}select`))]) {
    shapes.delete(each);
    shapes.add(f.quad(each.subject, each.predicate, f.literal([...lines, each.object.value].join('\n'))));
  }
}

function absolute(namespace: string): string {
  return namespace === './' ? BASE : namespace;
}

function graphOf(f: Factory, quads: readonly Quad[]): Graph {
  const term = ({ termType, value, language, datatype }: Term): Term => {
    if (termType === 'NamedNode') return f.namedNode(value);
    if (termType === 'BlankNode') return f.blankNode(value);
    return f.literal(value, language === undefined || language === '' ? f.namedNode(datatype!.value) : language);
  };
  const graph = f.dataset();
  for (const { subject, predicate, object } of quads) graph.add(f.quad(term(subject), term(predicate), term(object)));
  return graph;
}

/** Untyped here: the packages are not among those of the project. */
async function loadEngine(): Promise<Engine> {
  const require = createRequire(join(FOLDER, 'package.json'));
  const load = async <T>(name: string): Promise<T> => (await import(pathToFileURL(require.resolve(name)).href)) as T;
  const { Validator } = await load<{
    Validator: new (
      shapes: Graph,
      options: object,
    ) => { validate: (o: object) => Promise<{ results: readonly Result[] }> };
  }>('shacl-engine');
  const sparql = await load<{ validations: Map<Term, Compile>; targetResolvers: unknown }>('shacl-engine/sparql.js');
  const { QueryEngine } = await load<{
    QueryEngine: new () => {
      queryBindings: (
        query: string,
        options: object,
      ) => Promise<AsyncIterable<{ get: (name: string) => Term | undefined }>>;
    };
  }>('@comunica/query-sparql-rdfjs-lite');
  const { Parser } = await load<{ Parser: new (options: object) => { parse: (text: string) => readonly Quad[] } }>(
    'n3',
  );
  const { default: jsonld } = await load<{ default: { toRDF: Engine['toRdf'] } }>('jsonld');
  const { default: model } = await load<{ default: Omit<Factory, 'dataset'> }>('@rdfjs/data-model');
  const { default: datasets } = await load<{ default: Pick<Factory, 'dataset'> }>('@rdfjs/dataset');
  const factory = Object.assign(Object.create(model) as Factory, { dataset: () => datasets.dataset() });
  const queries = new QueryEngine();
  return {
    factory,
    select: async (query, over) => {
      const found: Term[] = [];
      for await (const binding of await queries.queryBindings(query, { sources: [over] })) {
        const node = binding.get('this');
        if (node !== undefined) found.push(node);
      }
      return found;
    },
    validate: async (shapes, data, more) => {
      const { targetResolvers, validations } = sparql;
      const options = { factory, targetResolvers, validations: new Map([...validations, ...more]) };
      return (await new Validator(shapes, options).validate({ dataset: data })).results;
    },
    parse: (turtle, base, number) => new Parser({ baseIRI: base, blankNodePrefix: `f${number}_` }).parse(turtle),
    toRdf: (document, options) => jsonld.toRDF(document, options),
  };
}
