/**
 * A secret's value on its way to the process that needs it. Whatever prints it, writes it as JSON or copies it gets
 * none of it; only `reveal` gives it.
 */
import { HIDDEN } from './redactor.ts';

export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}
