/**
 * Where tests find a real TensorFlow: a project with @tensorflow/tfjs-node and tfjs-node-gpu, made once a machine by
 * `npm run fixture:tensorflow` (fetch-tensorflow.ts). Tests that need it skip where it is not there.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of the project, there or not. Set RESTAGE_TENSORFLOW_FIXTURE to have it elsewhere. */
export const TENSORFLOW_FOLDER =
  process.env['RESTAGE_TENSORFLOW_FIXTURE'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'restage-tests', 'tensorflow-1');

/** Its root; undefined where nobody fetched it. */
export const tensorflowProject: string | undefined = existsSync(join(TENSORFLOW_FOLDER, 'package.json'))
  ? TENSORFLOW_FOLDER
  : undefined;

export const NO_TENSORFLOW = 'no TensorFlow to test with; get it with: npm run fixture:tensorflow';
