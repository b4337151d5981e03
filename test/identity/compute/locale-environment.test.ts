import { expect, test } from 'vitest';
import { localeSettings, withLocale } from '../../../src/identity/compute/locale-environment.ts';

const USER = { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', LC_ALL: 'fr_FR', LC_TIME: 'it_IT', LANGUAGE: 'de', HOME: '/ada' };

test('without a declaration, time zone and locale are fixed, and all else stays', () => {
  expect(withLocale(USER, {})).toEqual({ TZ: 'UTC', LANG: 'C', LC_ALL: 'C', HOME: '/ada' });
  expect(withLocale({}, {})).toEqual({ TZ: 'UTC', LANG: 'C', LC_ALL: 'C' });
});

test("what is declared is the user's, and nothing undeclared overrides it", () => {
  expect(withLocale(USER, { TZ: 'Asia/Tokyo' })).toEqual({ TZ: 'Asia/Tokyo', LANG: 'C', LC_ALL: 'C', HOME: '/ada' });
  expect(withLocale(USER, { LANG: 'de_DE.UTF-8' })).toEqual({ TZ: 'UTC', LANG: 'de_DE.UTF-8', HOME: '/ada' });
  expect(withLocale(USER, { LC_ALL: 'fr_FR' })).toEqual({ TZ: 'UTC', LANG: 'C', LC_ALL: 'fr_FR', HOME: '/ada' });
});

test('of the declared variables, those decide about a process that set time zone and locale', () => {
  expect(localeSettings({ HOME: '/ada', TZ: 'UTC', LC_TIME: 'C', LANG: 'C', LCX: '' })).toEqual({
    LANG: 'C',
    LC_TIME: 'C',
    TZ: 'UTC',
  });
  expect(localeSettings({ HOME: '/ada' })).toEqual({});
});
