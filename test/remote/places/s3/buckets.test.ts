/** Buckets: one real Ceph for all tests of them. */
import { afterAll, beforeAll, describe } from 'vitest';
import { type Ceph, noCeph, startCeph } from '../../../helpers/ceph.ts';
import { s3PlaceTests } from './place-tests.ts';
import { s3TransferTests } from './transfer-tests.ts';

describe.skipIf(noCeph !== undefined)(`a folder in a bucket${noCeph === undefined ? '' : `: ${noCeph}`}`, () => {
  let ceph: Ceph;
  beforeAll(async () => {
    ceph = await startCeph();
  });
  afterAll(() => ceph.stop());

  s3PlaceTests(() => ceph);
  s3TransferTests(() => ceph);
});
