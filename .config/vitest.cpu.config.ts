import base from './vitest.config.ts';
const b = base as any;
b.test.setupFiles = ['/tmp/cpu/setup.ts', ...b.test.setupFiles];
if (process.env['E2E_SHARED']) for (const p of b.test.projects) if (p.test.name === 'e2e') p.test.isolate = false;
export default b;
