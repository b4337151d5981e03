/**
 * The variables that a job gets of the run's own. All others may hold what must not be written down, and batch systems
 * write a job's environment into files.
 */
const PASSED = ['HOME', 'PATH', 'USER', 'LOGNAME', 'SHELL', 'LD_LIBRARY_PATH', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];

/** By name, of those that this process has. */
export function passedVariables(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
