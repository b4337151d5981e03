/** Panes of tmux in tests: they end with the file. */
import { afterAll } from 'vitest';
import { closePanes } from './pane.ts';

export { noTmux, Pane, type TerminalSize } from './pane.ts';

afterAll(closePanes);
