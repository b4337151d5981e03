/** A bundle as a cache to look at: nothing is imported into a cache of the user's, and nothing stays behind. */
import { rmSync } from 'node:fs';
import { Cache } from '../store/cache.ts';
import { temporaryFolder } from '../store/files/temporary-folder.ts';
import { openSlice } from '../store/slice/sliced-cache.ts';
import { BundleFile, isOfRecord } from './bundle-file.ts';

/**
 * Opens the bundle, does the work and closes it. Objects that are looked at are files of a private folder meanwhile.
 * @throws BundleError for a bundle that cannot be trusted
 */
export async function withBundleCache<T>(
  file: string,
  work: (cache: Cache, bundle: BundleFile) => T | Promise<T>,
): Promise<T> {
  const bundle = BundleFile.open(file);
  const folder = temporaryFolder('restage-bundle-');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const cache = bundle.refusing(() => openSlice(bundle.record, folder, bundle.source));
    return await Cache.using(cache, async (opened) => {
      try {
        return await work(opened, bundle);
      } catch (error) {
        throw isOfRecord(error) ? bundle.refusal(error) : error;
      }
    });
  } finally {
    process.off('exit', remove);
    remove();
    bundle.close();
  }
}
