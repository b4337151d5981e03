/** The facets of OpenLineage that restage fills, each with the address of its schema. */

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [field: string]: unknown;
}

export class Facets {
  readonly #producer: string;

  /** @param producer the address of the restage that made what is described */
  constructor(producer: string) {
    this.#producer = producer;
  }

  parent(runId: string, job: { readonly namespace: string; readonly name: string }): Facet {
    return this.#facet('1-2-0', 'ParentRunFacet', { run: { runId }, job });
  }

  processingEngine(version: string): Facet {
    return this.#facet('1-1-1', 'ProcessingEngineRunFacet', { name: 'restage', version });
  }

  errorMessage(message: string, stack: string | null): Facet {
    const stackTrace = stack === null ? {} : { stackTrace: stack };
    return this.#facet('1-0-1', 'ErrorMessageRunFacet', { message, programmingLanguage: 'TypeScript', ...stackTrace });
  }

  executionParameters(values: readonly (readonly [name: string, value: unknown])[]): Facet {
    const parameters = values.map(([key, value]) => ({
      key,
      name: key,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    }));
    return this.#facet('1-0-0', 'ExecutionParametersRunFacet', { parameters });
  }

  jobType(jobType: 'DAG' | 'TASK'): Facet {
    return this.#facet('2-0-4', 'JobTypeJobFacet', { processingType: 'BATCH', integration: 'RESTAGE', jobType });
  }

  /** The record knows the commit and not where the repository is. */
  sourceCodeLocation(path: string, version: string): Facet {
    const url = `git:${version}/${path.split('/').map(encodeURIComponent).join('/')}`;
    return this.#facet('1-1-0', 'SourceCodeLocationJobFacet', { type: 'git', url, path, version });
  }

  datasetVersion(datasetVersion: string): Facet {
    return this.#facet('1-0-1', 'DatasetVersionDatasetFacet', { datasetVersion });
  }

  inputStatistics(size: number): Facet {
    return this.#facet('1-0-0', 'InputStatisticsInputDatasetFacet', { size });
  }

  outputStatistics(size: number): Facet {
    return this.#facet('1-0-2', 'OutputStatisticsOutputDatasetFacet', { size });
  }

  #facet(version: string, name: string, fields: Readonly<Record<string, unknown>>): Facet {
    return {
      _producer: this.#producer,
      _schemaURL: `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`,
      ...fields,
    };
  }
}
