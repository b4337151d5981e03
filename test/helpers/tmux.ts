/** Panes of tmux in tests: they end with the file. */
import { afterEachFile } from './after-file.ts';
import { closePanes } from './pane.ts';

export { noTmux, Pane, type TerminalSize } from './pane.ts';

afterEachFile(closePanes);
