/** Holds a run back: while it is on, the run starts nothing new. Shared by who decides (a key of the terminal view) and the run. */

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

  /** Calls `listener` after every change, until what it returns is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
