/**
 * A network of its own for each host of a cluster on this machine, and a cable from each of them to here that can be
 * pulled.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

export class Cables {
  /** The address of this machine, for all hosts. */
  readonly here: string;
  /** Begins the names of what this makes: others may be making the same. */
  readonly #name = `rs${randomInt(0x1000, 0x10000).toString(16)}`;
  readonly #net = `10.${randomInt(64, 256)}.${randomInt(256)}`;
  readonly #hosts: readonly string[];

  constructor(hosts: readonly string[]) {
    this.#hosts = hosts;
    this.here = `${this.#net}.254`;
    ip('addr', 'add', `${this.here}/32`, 'dev', 'lo');
    for (const host of hosts) {
      const inside = ['-n', this.#networkOf(host)];
      ip('netns', 'add', this.#networkOf(host));
      ip(
        ...['link', 'add', this.#cableOf(host), 'type', 'veth'],
        ...['peer', 'name', 'eth0', 'netns', this.#networkOf(host)],
      );
      ip('addr', 'add', `${this.#address(host, 1)}/30`, 'dev', this.#cableOf(host));
      ip(...inside, 'addr', 'add', `${this.addressOf(host)}/30`, 'dev', 'eth0');
      this.plugIn(host);
      for (const device of ['lo', 'eth0']) ip(...inside, 'link', 'set', device, 'up');
      ip(...inside, 'route', 'add', 'default', 'via', this.#address(host, 1));
    }
  }

  addressOf(host: string): string {
    return this.#address(host, 2);
  }

  /** The beginning of a command that runs there. */
  inNetworkOf(host: string): readonly string[] {
    return ['ip', 'netns', 'exec', this.#networkOf(host)];
  }

  pull(host: string): void {
    ip('link', 'set', this.#cableOf(host), 'down');
  }

  plugIn(host: string): void {
    ip('link', 'set', this.#cableOf(host), 'up');
  }

  remove(): void {
    for (const host of this.#hosts) spawnSync('ip', ['netns', 'del', this.#networkOf(host)]);
    spawnSync('ip', ['addr', 'del', `${this.here}/32`, 'dev', 'lo']);
  }

  #networkOf(host: string): string {
    return `${this.#name}-${host}`;
  }

  #cableOf(host: string): string {
    return `${this.#name}${host}`;
  }

  #address(host: string, end: 1 | 2): string {
    return `${this.#net}.${4 * this.#hosts.indexOf(host) + end}`;
  }
}

/** Whether networks can be made here. */
export const canCut = ((): boolean => {
  try {
    new Cables(['n1']).remove();
    return true;
  } catch {
    return false;
  }
})();
