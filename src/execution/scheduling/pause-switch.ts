/**
 * Holds a run back: while it is on, the run starts nothing new. The run shares it with the code that decides, such as a
 * key of the terminal view.
 */

export class PauseSwitch {
  readonly #listeners = new Set<() => void>();
  #on = false;

  get on(): boolean {
    return this.#on;
  }

  set(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` after every change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
