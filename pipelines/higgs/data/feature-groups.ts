/** What permutation importance permutes: each feature alone, and those together that say much the same. */
import type { InputChoice } from 'restage/ml';
import { DERIVED } from './columns.ts';
import { EXTRA_MASSES } from './extra-masses.ts';

/** Groups by the features that they hold, of those in use. */
const GROUPS: Readonly<Record<string, (feature: string) => boolean>> = {
  'tau momentum': (feature) => feature.startsWith('PRI_tau_'),
  'lepton momentum': (feature) => feature.startsWith('PRI_lep_'),
  'leading jet momentum': (feature) => feature.startsWith('PRI_jet_leading_'),
  'subleading jet momentum': (feature) => feature.startsWith('PRI_jet_subleading_'),
  'missing momentum': (feature) => feature.startsWith('PRI_met_p'),
  'derived features': (feature) => (DERIVED as readonly string[]).includes(feature),
  'measured features': (feature) => feature.startsWith('PRI_'),
  'extra masses': (feature) => (EXTRA_MASSES as readonly string[]).includes(feature),
};

/**
 * Features and groups by their names.
 *
 * @param continuous the continuous inputs, in their order
 * @param jets whether the number of jets is a category beside them
 */
export function featureGroups(continuous: readonly string[], jets: boolean): Readonly<Record<string, InputChoice>> {
  const category = 'PRI_jet_num';
  const names = jets ? [...continuous, category] : continuous;
  const choice = (chosen: readonly string[]): InputChoice => ({
    continuous: [...continuous.keys()].filter((column) => chosen.includes(continuous[column]!)),
    embeddings: jets && chosen.includes(category) ? [0] : [],
  });
  const groups = Object.entries(GROUPS).map(([name, holds]) => [name, names.filter(holds)] as const);
  return Object.fromEntries([
    ...names.map((name) => [name, choice([name])] as const),
    ...groups.filter(([, members]) => members.length > 1).map(([name, members]) => [name, choice(members)] as const),
  ]);
}
