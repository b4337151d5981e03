/** The stage that makes every network of an ensemble count alike. */
import { json, stage } from 'restage';
import { z } from 'zod';
import type { OnData } from '../data/data-origin.ts';
import type { Manifest } from '../training/ensemble.ts';

export const weighAlike = stage({
  name: 'higgs/weigh-alike',
  description: 'every network counts as much as every other',
  params: z.strictObject({}),
  inputs: { manifest: json<OnData<Manifest>>() },
  outputs: { manifest: json<OnData<Manifest>>() },
  async run({ inputs }) {
    const manifest = await inputs.manifest.read();
    const coefficient = 1 / manifest.members.length;
    return { manifest: { ...manifest, members: manifest.members.map((one) => ({ ...one, coefficient })) } };
  },
});
