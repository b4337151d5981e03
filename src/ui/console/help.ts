/** What the keys of the console do, as its help tells it. The shortest terminal shows the first ones. */
export const HELP: readonly (readonly [key: string, words: string])[] = [
  ['Enter', 'open what the line is about'],
  ['Esc, Backspace', 'back; a filter goes first'],
  ['q, Ctrl-C', 'leave the console'],
  ['up down, j k', 'a line up or down'],
  ['PgUp PgDn', 'a page up or down; also Ctrl-B and Ctrl-F'],
  ['g G', 'the first and the last line'],
  ['Tab, Shift-Tab', 'the next and the previous line that can be opened'],
  ['left right', 'the rest of long lines'],
  ['/', 'show only lines with a text; Enter keeps the filter'],
  ['space', 'mark a run, a node or a state'],
  ['d', 'compare both marks, or the mark and this line'],
  ['l m', 'its log; its metrics, and there v for each value'],
  ['w h t', 'why it ran; how it was made; the same as a tree'],
  ['u c', 'what was made from it; what a run cost'],
  ['b', 'in the list of runs: also the branches of experiments'],
  ['Ctrl-L', 'draw the screen again'],
];
