/** Which of the challenge's files a file is, by the names in its header. It reads no rows. */
import { DataError } from 'restage';
import { readTableHeader } from 'restage/io';
import { MEASURED } from './columns.ts';

const UNLABELLED = ['EventId', ...MEASURED] as const;

const FORMATS = {
  'open-data': {
    name: 'the open-data file',
    columns: [...UNLABELLED, 'Label', 'KaggleSet', 'KaggleWeight'],
  },
  training: { name: "Kaggle's training.csv", columns: [...UNLABELLED, 'Weight', 'Label'] },
} as const;

const ACCEPTED =
  "data may be the open-data file (EventId, 30 features, Label, KaggleSet, KaggleWeight) or Kaggle's training.csv (EventId, 30 features, Weight, Label)";

/** @throws DataError for a file that is neither, saying what it lacks */
export async function labelledFormat(path: string, signal?: AbortSignal): Promise<'open-data' | 'training'> {
  const header = await readTableHeader(path, signal && { signal });
  // Never by the remaining columns if one is missing: the open data's Weight differs from Kaggle's.
  const format = header.includes('KaggleSet') || header.includes('KaggleWeight') ? 'open-data' : 'training';
  const { name, columns } = FORMATS[format];
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length === 0) return format;
  if (missing.length === 2 && missing.includes('Weight') && missing.includes('Label'))
    throw new DataError(
      `${path} has neither Weight nor Label, as Kaggle's test.csv, and nothing can be learnt from it; give it as -S test=PATH, beside -S data=PATH with training.csv.`,
    );
  throw new DataError(`${path} lacks ${list(missing)} to be ${name}; ${ACCEPTED}.`);
}

/** @throws DataError for a file that is not Kaggle's test.csv, saying what it lacks, or has labels */
export async function refuseLabelled(path: string, signal?: AbortSignal): Promise<void> {
  const header = await readTableHeader(path, signal && { signal });
  const missing = UNLABELLED.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new DataError(
      `${path} lacks ${list(missing)} to be Kaggle's test.csv; test may be a file with EventId and the 30 features.`,
    );
  if (header.includes('Label'))
    throw new DataError(
      `${path} has labels (the column Label), so there is nothing to predict for a submission; give Kaggle's test.csv as test, and this file as data.`,
    );
}

const MOST_NAMES = 6;

function list(names: readonly string[]): string {
  const [shown, rest] = [names.slice(0, MOST_NAMES), names.length - MOST_NAMES];
  const parts = rest > 0 ? [...shown, `${rest} more columns`] : shown;
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}
