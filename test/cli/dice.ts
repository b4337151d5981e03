/** Where the experiment of these tests is, and its pipeline. */
import { fileURLToPath } from 'node:url';

export const DICE = fileURLToPath(new URL('fixtures/dice.ts', import.meta.url));
export const DICE_STUDY = fileURLToPath(new URL('fixtures/dice-study.ts', import.meta.url));
