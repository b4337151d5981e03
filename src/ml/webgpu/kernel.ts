/**
 * What a kernel is: a WGSL program that does one operation for several networks at once, and the calls of it.
 *
 * All kernels see the same buffers and take some numbers of their own. A call runs for the networks at positions
 * 0 to n - 1; `slots` tells which member of the group is at each.
 *
 * - `arena` [positions][arena rows][rows]: features, derivatives, targets and weights of a batch; one arena row is one
 * number
 *   of every row of the batch.
 * - `state` [slots][state size]: what each network knows: see `StateLayout`.
 * - `feed` [positions][feed size]: row numbers of a batch, then the gains of dropout.
 * - `settings` [positions][SETTINGS]: the optimiser's settings of a step: see `kernels/optimiser.ts`.
 * - `records` [data rows][columns]: a data set.
 * - `lists`: arena rows, where they are not consecutive.
 */

/** Numbers that every call has. */
const COMMON = ['rows', 'arenaRows', 'stateSize', 'feedSize', 'members'] as const;
export type Common = Readonly<Record<(typeof COMMON)[number], number>>;

/** Numbers of a position in `settings`. */
export const SETTINGS = 8;

export interface Kernel<Integer extends string = string, Float extends string = string> {
  readonly name: string;
  readonly integers: readonly Integer[];
  readonly floats: readonly Float[];
  /** How many items one workgroup does, in x and y; in z it is one network. */
  readonly covers: readonly [number, number];
  readonly source: string;
}

/** The bytes of a call's numbers: also how far calls are apart, which no device wants to be larger. */
export const CALL_BYTES = 256;

/** Bindings of the buffers that all kernels see. */
export const BINDING = { call: 0, lists: 1, slots: 2, arena: 3, state: 4, feed: 5, settings: 6, records: 7 } as const;

/**
 * @param code `fn main` with its attributes, and what it needs; `call.<name>` are its numbers, `place` and `own` find
 * numbers in `arena` and `state`.
 */
export function kernel<Integer extends string, Float extends string = never>(spec: {
  readonly name: string;
  readonly integers: readonly Integer[];
  readonly floats?: readonly Float[];
  readonly covers: readonly [number, number];
  readonly code: string;
}): Kernel<Integer, Float> {
  const { name, integers, floats = [], covers, code } = spec;
  const fields = [
    ...[...COMMON, ...integers].map((field) => `  ${field}: u32,`),
    ...floats.map((field) => `  ${field}: f32,`),
  ];
  return { name, integers, floats, covers, source: `struct Call {\n${fields.join('\n')}\n}\n${HEADER}\n${code}` };
}

/**
 * A kernel that does the same for each row of the batch and each item in y.
 *
 * @param body what is done: `r` is the row, `id.y` the item, `id.z` the position
 * @param functions what it calls
 */
export function rowKernel<Integer extends string, Float extends string = never>(spec: {
  readonly name: string;
  readonly integers: readonly Integer[];
  readonly floats?: readonly Float[];
  readonly functions?: string;
  readonly body: string;
}): Kernel<Integer, Float> {
  const { functions = '', body, ...rest } = spec;
  const code = `${functions}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= call.rows) { return; }
${body}
}`;
  return kernel({ ...rest, covers: [64, 1], code });
}

const HEADER = `
@group(0) @binding(${BINDING.call}) var<uniform> call: Call;
@group(0) @binding(${BINDING.lists}) var<storage, read> lists: array<u32>;
@group(0) @binding(${BINDING.slots}) var<storage, read> slots: array<u32>;
@group(0) @binding(${BINDING.arena}) var<storage, read_write> arena: array<f32>;
@group(0) @binding(${BINDING.state}) var<storage, read_write> state: array<f32>;
@group(0) @binding(${BINDING.feed}) var<storage, read> feed: array<u32>;
@group(0) @binding(${BINDING.settings}) var<storage, read> settings: array<f32>;
@group(0) @binding(${BINDING.records}) var<storage, read> records: array<f32>;

/** Where number r of an arena row is, for the network at a position. */
fn place(position: u32, row: u32, r: u32) -> u32 {
  return (position * call.arenaRows + row) * call.rows + r;
}

/** Where the state of the network at a position starts. */
fn own(position: u32) -> u32 {
  return slots[position] * call.stateSize;
}
`;

/**
 * Workgroups that every device takes in one dimension. More of them go on in y, where a kernel has one item: see
 * `item`.
 */
const MOST_GROUPS = 65_535;

/** For kernels with many items in x: their number, of which `id` and `groups` are builtins. */
export function item(groupSize: number): string {
  return `id.x + id.y * groups.x * ${groupSize}u`;
}

/** One call of a kernel, for some of the networks of a group. */
export interface Call {
  readonly kernel: Kernel;
  /** Its own numbers, integers and then floats. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Workgroups in x and y. */
  readonly groups: readonly [number, number];
}

/** @param items how many in x and y, at least 1 each */
export function call<Integer extends string, Float extends string>(
  kernel: Kernel<Integer, Float>,
  numbers: Readonly<Record<Integer | Float, number>>,
  [x, y = 1]: readonly [number, number?],
): Call {
  const [perX, perY] = kernel.covers;
  const [across, down] = [Math.ceil(x / perX), Math.ceil(y / perY)];
  if (y === 1 && across > MOST_GROUPS)
    return { kernel, numbers, groups: [MOST_GROUPS, Math.ceil(across / MOST_GROUPS)] };
  return { kernel, numbers, groups: [across, down] };
}

/** The numbers of a call as the kernel sees them. @throws RangeError if a kernel wants more than there is room for */
export function callBytes({ kernel: { name, integers, floats }, numbers }: Call, common: Common): ArrayBuffer {
  const bytes = new ArrayBuffer(CALL_BYTES);
  const view = new DataView(bytes);
  let at = 0;
  const put = (write: 'setUint32' | 'setFloat32', value: number): void => {
    if (at === CALL_BYTES) throw new RangeError(`The kernel ${name} has more than ${CALL_BYTES / 4} numbers.`);
    view[write](at, value, true);
    at += 4;
  };
  for (const field of COMMON) put('setUint32', common[field]);
  for (const field of integers) put('setUint32', numbers[field]!);
  for (const field of floats) put('setFloat32', numbers[field]!);
  return bytes;
}
