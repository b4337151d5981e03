/** Observes reads of environment variables, by a stand-in for `process.env`. */
import { observation } from './observation.ts';

export function observeEnvironment(): void {
  process.env = standIn(process.env);
}

function standIn(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read = (name: string | symbol): void => {
    if (typeof name === 'string') observation()?.readsEnvironment(name);
  };
  const wrote = (name: string | symbol): void => {
    if (typeof name === 'string') observation()?.wrote(name);
  };
  return new Proxy(environment, {
    get(target, name): unknown {
      if (!(name in Object.prototype)) read(name);
      return Reflect.get(target, name);
    },
    has(target, name) {
      read(name);
      return Reflect.has(target, name);
    },
    getOwnPropertyDescriptor(target, name) {
      read(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    ownKeys(target) {
      observation()?.listsEnvironment();
      return Reflect.ownKeys(target);
    },
    // Without these traps, Node tries to define a property of the stand-in, and fails.
    set(target, name, value) {
      wrote(name);
      return Reflect.set(target, name, value);
    },
    defineProperty(target, name, descriptor) {
      wrote(name);
      return Reflect.defineProperty(target, name, descriptor);
    },
    deleteProperty(target, name) {
      wrote(name);
      return Reflect.deleteProperty(target, name);
    },
  });
}
