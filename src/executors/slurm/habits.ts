/** Slurm's own command line options as variables: a user's habits must not change what restage asks for. */
const HABITS = /^(SBATCH|SQUEUE|SCANCEL|SINFO|SLURM)_/;
/** Where the site's configuration is. */
const KEPT = new Set(['SLURM_CONF', 'SLURM_CONF_SERVER']);

/** The environment of Slurm's commands: without the variables that change what they do and print. */
export function withoutHabits(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => KEPT.has(name) || !HABITS.test(name));
  return { ...Object.fromEntries(kept), SLURM_TIME_FORMAT: 'standard' };
}
