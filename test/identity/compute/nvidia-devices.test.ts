import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { nvidiaDevices, visibleDevices } from '../../../src/identity/compute/nvidia-devices.ts';

const CSV = `0, GPU-1a2b3c, NVIDIA H200, 143771, 570.86.15
1, GPU-1a9999, NVIDIA H200, 143771, 570.86.15
2, GPU-777777, Tesla T4, [N/A], 570.86.15
`;
const driver = '570.86.15';
const idsOf = (visible?: string): readonly string[] => visibleDevices(CSV, visible).list.map(({ id }) => id);

describe('the devices of a run', () => {
  test('are those that nvidia-smi lists', () => {
    expect(visibleDevices(CSV, undefined)).toEqual({
      list: [
        { id: 'gpu:0', name: 'NVIDIA H200', memoryMiB: 143771, driver },
        { id: 'gpu:1', name: 'NVIDIA H200', memoryMiB: 143771, driver },
        { id: 'gpu:2', name: 'Tesla T4', memoryMiB: 0, driver },
      ],
      hidden: [],
      absence: '',
    });
  });

  test('have those that CUDA_VISIBLE_DEVICES hides by their models', () => {
    expect(visibleDevices(CSV, '1').hidden).toEqual(['NVIDIA H200', 'Tesla T4']);
  });

  test.each([
    ['2,0', ['gpu:2', 'gpu:0']],
    [' 1 ', ['gpu:1']],
    ['GPU-777', ['gpu:2']],
    ['GPU-1a2b3c,2', ['gpu:0', 'gpu:2']],
    ['0,7,1', ['gpu:0']],
    ['1,1', ['gpu:1']],
  ])('are those that an inherited CUDA_VISIBLE_DEVICES=%s allows', (visible, ids) => {
    expect(idsOf(visible)).toEqual(ids);
  });

  test.each(['', '-1', 'GPU-1a', 'NoDevFiles'])(
    'are none if CUDA_VISIBLE_DEVICES is "%s", with the reason',
    (visible) => {
      expect(visibleDevices(CSV, visible)).toEqual({
        list: [],
        hidden: ['NVIDIA H200', 'NVIDIA H200', 'Tesla T4'],
        absence: `CUDA_VISIBLE_DEVICES="${visible}" leaves none of 3`,
      });
    },
  );
});

describe('nvidia-smi', () => {
  const folder = mkdtempSync(join(tmpdir(), 'restage-smi-'));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(join(folder, 'nvidia-smi'), { force: true });
  });

  function install(script: string): void {
    writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'nvidia-smi'), 0o755);
  }

  test('is asked, and its list is narrowed down', async () => {
    install(
      `test "$1" = --query-gpu=index,uuid,name,memory.total,driver_version && printf '${CSV.replaceAll('\n', '\\n')}'`,
    );
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '1');
    expect((await nvidiaDevices()).list).toEqual([{ id: 'gpu:1', name: 'NVIDIA H200', memoryMiB: 143771, driver }]);
  });

  test('that is not installed means no devices, with the reason', async () => {
    vi.stubEnv('PATH', folder);
    expect(await nvidiaDevices()).toEqual({ list: [], hidden: [], absence: 'nvidia-smi is not installed' });
  });

  test('that hangs, and ignores SIGTERM, is not waited for', async () => {
    install('trap "" TERM; echo "$$" > "$0.pid"; while :; do sleep 1; done');
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    expect(await nvidiaDevices(500)).toEqual({
      list: [],
      hidden: [],
      absence: 'nvidia-smi did not answer within 0.5 s',
    });
  });

  test('is asked again if Ctrl-C ended it, which a terminal sends to its whole group', async () => {
    const list = `printf '${CSV.replaceAll('\n', '\\n')}'`;
    install(`if test -e "$0.asked"; then ${list}; else touch "$0.asked"; kill -INT $$; fi`);
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '2');
    expect((await nvidiaDevices()).list).toEqual([{ id: 'gpu:2', name: 'Tesla T4', memoryMiB: 0, driver }]);
  });

  test('that ends by Ctrl-C each time means no devices', async () => {
    install('kill -INT $$');
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    expect((await nvidiaDevices()).absence).toMatch(/^nvidia-smi fails: /);
  });

  test('that fails is quoted by its first line', async () => {
    install('echo "NVIDIA-SMI has failed because it couldn\'t talk to the driver."; echo more; exit 9');
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    expect(await nvidiaDevices()).toEqual({
      list: [],
      hidden: [],
      absence: "nvidia-smi fails: NVIDIA-SMI has failed because it couldn't talk to the driver",
    });
  });
});
