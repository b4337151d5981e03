/** Makes the view of a run and connects its keys to the run. Loaded late, with Ink. */
import type { Mounted } from '../ink/mount.ts';
import type { Action } from '../ink/navigation.ts';
import { View } from '../ink/view.ts';
import { memoryUse } from '../terminal/memory-use.ts';
import type { TerminalOptions } from './terminal-options.ts';

/** @param mounted the view on the screen; undefined before it is there and after it is closed */
export function openView(
  { terminal, presentation, control, leave }: TerminalOptions,
  mounted: () => Mounted | undefined,
  fail: (error: unknown) => void,
): View {
  const { commands, directory } = presentation;
  const act = (action: Action): void => {
    switch (action) {
      case 'quit':
        if (control === null) leave();
        else control.cancel();
        break;
      case 'pause':
        control?.pause.set(!control.pause.on);
        break;
      case 'redraw':
        mounted()?.redraw();
        break;
      case 'suspend':
        mounted()?.suspend();
        break;
    }
  };
  return new View({
    command: commands.again,
    logCommand: (node) => commands.log(node),
    keys: terminal.stdin.isTTY ? (control === null ? 'watch' : 'control') : 'none',
    size: terminal.size,
    memory: control === null ? () => null : memoryUse,
    act,
    fail,
    now: Date.now,
    directory,
  });
}
