/** What `restage doctor` says: the report on this machine, the project, the cache and the backends, in lines. */
import type { BackendReport, CacheReport, DoctorReport } from '../../../doctor/examine.ts';
import { formatBytes, plural } from '../../../ui/text/format.ts';
import type { Style } from '../../../ui/text/style.ts';

type Row = readonly [name: string, value: string];

export function doctorLines(report: DoctorReport, style: Style): readonly string[] {
  const { restage, node, machine, project, sqlite, cache, backends, diagnostics } = report;
  const verdict =
    diagnostics.length === 0
      ? style.green('All is well: restage can run here.')
      : style.red(`${plural(diagnostics.length, 'problem')}:`);
  return [
    style.bold(`restage ${restage}`),
    ...section([
      ['Node', `${node.version}, ${node.supported ? 'supported' : 'not supported'} (${node.needed})`],
      ['SQLite', sqlite ?? 'better-sqlite3 does not load'],
    ]),
    '',
    style.bold('Machine'),
    ...section([
      ['system', machine.system],
      ['cores', `${machine.cores} (${machine.cpu})`],
      ['memory', `${formatBytes(machine.memoryBytes)}, ${formatBytes(machine.freeMemoryBytes)} free`],
      ...gpuRows(machine),
      ...adapterRows(machine),
    ]),
    '',
    style.bold('Project'),
    ...section([
      ['folder', project.root ?? 'none: there is no package.json here or above'],
      ['git', gitWords(project)],
    ]),
    '',
    style.bold('Cache'),
    ...section(
      cacheRows(
        cache,
        diagnostics.some((diagnostic) => diagnostic.of === 'cache'),
      ),
    ),
    '',
    ...backendLines(backends, style),
    '',
    verdict,
    ...diagnostics.map((diagnostic) => `  ${diagnostic.text}`),
  ];
}

function section(rows: readonly Row[]): readonly string[] {
  return rows.map(([name, value]) => `  ${name.padEnd(9)} ${value}`);
}

function gpuRows({ gpus, noGpus }: DoctorReport['machine']): readonly Row[] {
  if (gpus.length === 0) return [['GPUs', `none: ${noGpus}`]];
  return gpus.map(({ id, name, memoryMiB }, i) => [
    i === 0 ? 'GPUs' : '',
    `${id} ${name}${memoryMiB === 0 ? '' : `, ${formatBytes(memoryMiB * 2 ** 20)}`}`,
  ]);
}

function adapterRows({ adapters, noAdapters }: DoctorReport['machine']): readonly Row[] {
  const rows = adapters.map((adapter): Row => {
    const { id, name, vendor, api, driver, isSoftware, limits, lack } = adapter;
    const size = formatBytes(limits.maxStorageBufferBindingSize);
    const words = [`${id} ${name}`, vendor, driver, api, `buffers of ${size}`, ...(isSoftware ? ['in software'] : [])];
    return ['', `${words.join(', ')}${lack === null ? '' : `; cannot compute for restage: ${lack}`}`];
  });
  const none: readonly Row[] = noAdapters === '' ? [] : [['', `no GPU: ${noAdapters}`]];
  return [...none, ...rows].map(([, value], i) => [i === 0 ? 'WebGPU' : '', value]);
}

function gitWords({ root, gitVersion, git }: DoctorReport['project']): string {
  if (gitVersion === null) return 'not installed: runs are recorded without the commit';
  if (git === null) return root === null ? gitVersion : `${gitVersion}; no commit here: runs are recorded without one`;
  return `${gitVersion}, at ${git.commit.slice(0, 8)}${git.dirty ? ' with changes' : ', clean'}`;
}

const NETWORK: Readonly<Record<CacheReport['network'], string>> = {
  yes: ', a network file system: use the cache from one host at a time',
  maybe: ' (a network file system? Then use the cache from one host at a time)',
  no: '',
};

function cacheRows(cache: CacheReport | null, isTroubled: boolean): readonly Row[] {
  if (cache === null) return [['folder', 'none without a project; name one with --cache DIR']];
  const { directory, fileSystem, network, freeBytes, totalBytes, health } = cache;
  const disk = `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}, ${fileSystem}`;
  const rows: Row[] = [
    ['folder', directory],
    ['disk', disk + NETWORK[network]],
  ];
  if (health === null)
    return [...rows, ['content', isTroubled ? 'unavailable, see below' : 'none yet: the first run makes it']];
  const { schema, knownSchema, journal, databaseBytes, runs, states, artifacts, objects, objectBytes } = health;
  const found = health.missing === 0 ? 'all there' : `${health.missing} missing or cut short`;
  const checked = health.quickCheck === null ? 'not checked, since it is large' : `quick check: ${health.quickCheck}`;
  const version = schema === knownSchema ? `schema ${schema}` : `schema ${schema} (this restage: ${knownSchema})`;
  return [
    ...rows,
    ['database', `${formatBytes(databaseBytes)}, ${version}, journal ${journal}, ${checked}`],
    ['content', `${plural(runs, 'run')}, ${plural(states, 'state')}, ${plural(artifacts, 'artifact')}`],
    [
      'objects',
      `${objects} (${formatBytes(objectBytes)}); of ${health.sampled} looked for, ${found}; restage fsck reads them all`,
    ],
  ];
}

function backendLines(backends: readonly BackendReport[], style: Style): readonly string[] {
  const width = Math.max(...backends.map(({ name }) => name.length));
  const isMeasured = backends.some((backend) => backend.status === 'works' && backend.stepsPerSecond !== null);
  const head = ['  '.padEnd(width + 4), 'version  ', 'device   ', isMeasured ? 'steps/s' : ''].join('').trimEnd();
  return [
    style.bold('Backends') + head.slice('Backends'.length),
    ...backends.flatMap((backend) => {
      const name = `  ${backend.name.padEnd(width)}  `;
      switch (backend.status) {
        case 'works': {
          const { version, device, stepsPerSecond, note } = backend;
          const speed = stepsPerSecond === null ? '' : formatSpeed(stepsPerSecond).padStart(7);
          const words = [version.padEnd(9), device.padEnd(9), speed].join('');
          return `${name}${words.trimEnd()}${note === '' ? '' : `  ${style.yellow(note)}`}`;
        }
        case 'missing': {
          const getIt = backend.command === null ? [] : [`${' '.repeat(name.length)}${backend.command}`];
          return [name + style.dim(backend.reason), ...getIt];
        }
        case 'broken':
          return name + style.red(backend.reason);
      }
    }),
  ];
}

export function formatSpeed(stepsPerSecond: number): string {
  // 99.5 and more would have an exponent.
  return stepsPerSecond < 99.5 ? stepsPerSecond.toPrecision(2) : Math.round(stepsPerSecond).toString();
}
