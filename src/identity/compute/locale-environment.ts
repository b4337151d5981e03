/**
 * The variables that decide a process's time zone and locale. Workers have fixed ones, unless a stage declares the
 * user's: a date's text or an order of words must not depend on who runs the pipeline, and where.
 */

type Environment = Readonly<Record<string, string | undefined>>;

const TIME_ZONE = 'TZ';
const LOCALE = /^(LANG|LANGUAGE|LC_[A-Z]+)$/;

/** Of a stage's declared variables that are set, those that a process has to be started with. */
export function localeSettings(declared: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(declared)
      .filter(([name]) => name === TIME_ZONE || LOCALE.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The environment with these settings and no others; UTC and C where there are none. */
export function withLocale(environment: Environment, settings: Readonly<Record<string, string>>): Environment {
  const others = Object.entries(environment).filter(([name]) => name !== TIME_ZONE && !LOCALE.test(name));
  const isLocal = Object.keys(settings).some((name) => LOCALE.test(name));
  return {
    ...Object.fromEntries(others),
    [TIME_ZONE]: 'UTC',
    LANG: 'C',
    ...(isLocal ? {} : { LC_ALL: 'C' }),
    ...settings,
  };
}
