/**
 * WebGPU adapters as Dawn describes them: which there are, which of them compute in software, and what one must be able
 * to do. Nothing here loads Dawn.
 */

/** What of an adapter decides about bits. */
export interface AdapterFacts {
  /** As its driver names it, such as `NVIDIA H200`; Dawn chooses an adapter by it. */
  readonly name: string;
  /** In Dawn's spelling: `nvidia`, `amd`, `intel`, `apple`, `google`. */
  readonly vendor: string;
  readonly architecture: string;
  /** Its driver with the version, as the driver calls itself. */
  readonly driver: string;
  /** Whether it computes on the CPU. */
  readonly isSoftware: boolean;
}

/** One adapter: a GPU with its driver, or a program that computes on the CPU as if it were one. */
export interface Adapter extends AdapterFacts {
  /** The interface of the system through which Dawn reaches it: `vulkan`, `metal`, `d3d12`. */
  readonly api: string;
  /** How many adapters of this name Dawn lists. It cannot tell them apart, and takes the first. */
  readonly alike: number;
  readonly limits: AdapterLimits;
  /** Of its limits, what is too little for restage, as a clause; null if nothing is. */
  readonly lack: string | null;
}

/** Names as in the specification of WebGPU; sizes in bytes. */
export interface AdapterLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
}

/** What every adapter offers, except in compatibility mode (WebGPU, 2024, section 3.6.2). */
const LEAST: AdapterLimits = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 2 ** 14,
};

export const LIMITS = Object.keys(LEAST) as readonly (keyof AdapterLimits)[];

/** What an adapter lacks, as a clause; null if it has all that is needed. */
export function missingLimit(limits: AdapterLimits): string | null {
  const short = LIMITS.find((name) => limits[name] < LEAST[name]);
  return short === undefined ? null : `its ${short} is ${limits[short]}, and ${LEAST[short]} is needed`;
}

/**
 * Names and interfaces out of the message with which Dawn answers a request for an adapter that is not there: the only
 * list that it gives. Of adapters with one name, which Dawn cannot tell apart, the first.
 */
export function parseAdapterList(message: string): readonly Pick<Adapter, 'name' | 'api' | 'alike'>[] {
  const found = [...message.matchAll(/^ \* backend: '([^']*)', name: '(.*)'$/gm)].map(([, api = '', name = '']) => ({
    name,
    api,
  }));
  return found
    .filter(({ name }, index) => found.findIndex((other) => other.name === name) === index)
    .map(({ name, api }) => {
      // One GPU may be there through several interfaces.
      const alike = found.filter((other) => other.name === name && other.api === api).length;
      return { name, api, alike };
    });
}

/** Whether an adapter computes on the CPU. Not every driver that does marks its adapter as one to fall back to. */
export function isSoftwareAdapter(
  name: string,
  info: Pick<GPUAdapterInfo, 'architecture' | 'description' | 'isFallbackAdapter'>,
): boolean {
  const words = `${name} ${info.architecture} ${info.description}`;
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|basic render driver/i.test(words);
}

/**
 * Whether Dawn means the adapter with this name by its own, simplified one: it looks for part of a name, and takes the
 * first.
 */
export function isNamed(name: string, { device }: Pick<GPUAdapterInfo, 'device'>): boolean {
  return letters(name) === letters(device);
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
