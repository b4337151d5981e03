/**
 * The style of a report: for light and dark pages, wide and narrow ones, and paper. Colours of lines are told apart by
 * people who see few colours, and outcomes have signs besides.
 */

const LIGHT = `
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2129; --muted: #56606d; --faint: #8d97a4; --line: #dde1e7; --link: #0a58a8;
  --hit: #cfe6f5; --hit-ink: #0c4a6e; --hit-line: #2f86bd; --ran: #fde3b8; --ran-ink: #6b3d00; --ran-line: #d18a00;
  --failed: #c03221; --failed-soft: #fbd9d3; --failed-ink: #8c1d10; --skipped: #e3e6ea; --skipped-ink: #4b5563; --skipped-line: #8b95a1;
  --c1: #0b66b3; --c2: #c2510a; --c3: #0b7f5c; --c4: #a03b96; --c5: #8a6d00; --c6: #3f51b5; --c7: #b3273f; --c8: #4d5a66;
  --band: #e6eaf0;`;
const DARK = `
  --page: #12161b; --card: #1a2027; --ink: #e5e9ee; --muted: #a3aebb; --faint: #77828f; --line: #323b46; --link: #7db8f2;
  --hit: #153c54; --hit-ink: #c4e4f8; --hit-line: #4ea3d8; --ran: #4d3605; --ran-ink: #fbdfa6; --ran-line: #e0a32e;
  --failed: #f0705e; --failed-soft: #58201a; --failed-ink: #ffd3cb; --skipped: #343c46; --skipped-ink: #ccd3db; --skipped-line: #8b95a1;
  --c1: #62b0f2; --c2: #f59a57; --c3: #4ccca0; --c4: #e295da; --c5: #e0c04c; --c6: #9fa8f5; --c7: #f58a9c; --c8: #b4bfca;
  --band: #28313b;`;

export const STYLE = `
:root {${LIGHT}
}
@media (prefers-color-scheme: dark) { :root {${DARK}
} }
* { box-sizing: border-box; }
html { scroll-padding-top: 3.4rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem 2rem; }
h1 { font-size: 2rem; line-height: 1.15; margin: .1rem 0 .5rem; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 0 0 .9rem; letter-spacing: -.01em; }
h3 { font-size: 1.02rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
p { margin: .3rem 0; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a.made { color: inherit; text-decoration-style: dotted; text-decoration-color: var(--faint); }
a.made:hover { color: var(--link); text-decoration-style: solid; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, pre { font: .86em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
pre { background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .75rem; max-height: 24rem; overflow: auto; white-space: pre-wrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .5rem; top: .5rem; z-index: 3; background: var(--card); padding: .4rem .8rem; }
nav { position: sticky; top: 0; z-index: 2; background: color-mix(in srgb, var(--page) 92%, transparent); backdrop-filter: blur(6px); border-bottom: 1px solid var(--line); }
nav ul { display: flex; gap: 1.3rem; max-width: 68rem; margin: 0 auto; padding: .55rem 1.25rem; list-style: none; overflow-x: auto; white-space: nowrap; }
nav a { color: var(--muted); text-decoration: none; font-size: .92rem; padding: .15rem 0; }
nav a:hover { color: var(--link); }
header { padding: 1.6rem 0 .4rem; }
section { padding-top: 1.9rem; }
.kicker { color: var(--muted); font-size: .9rem; margin: 0; }
.lead { font-size: 1.02rem; }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; margin-left: .4rem; }
.muted, .seconds { color: var(--muted); }
.muted { font-size: .92rem; }
.note { color: var(--muted); font-size: .9rem; max-width: 60rem; }
.state-ok { color: var(--c3); }
.state-failed, .state-died { color: var(--failed-ink); }
.bar { display: flex; height: .6rem; gap: 2px; border-radius: .3rem; overflow: hidden; margin: .9rem 0 .5rem; max-width: 40rem; }
.bar span { min-width: 3px; background: var(--fill); }
.chip { display: inline-block; border-radius: 1rem; padding: .04rem .6rem; font-size: .82rem; white-space: nowrap; background: var(--soft); color: var(--text); }
.chip.o-hit { --sign: '= '; }
.chip.o-cut-off { --sign: '≈ '; }
.chip.o-ran { --sign: '✓ '; }
.chip.o-failed { --sign: '✗ '; }
.chip.o-skipped { --sign: '– '; }
.chip::before { content: var(--sign); content: var(--sign) / ''; }
.o-hit, .o-cut-off { --soft: var(--hit); --text: var(--hit-ink); --fill: var(--hit-line); }
.o-ran { --soft: var(--ran); --text: var(--ran-ink); --fill: var(--ran-line); }
.o-failed { --soft: var(--failed-soft); --text: var(--failed-ink); --fill: var(--failed); }
.o-skipped { --soft: var(--skipped); --text: var(--skipped-ink); --fill: var(--skipped-line); }
.o-mixed { --soft: var(--card); --text: var(--ink); --fill: var(--faint); }
.card, .effects { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1rem; margin: 0 0 1rem; min-width: 0; }
.failure { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--failed); border-radius: 6px; padding: .5rem .9rem; margin-bottom: .6rem; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(13.5rem, 1fr)); gap: .75rem; margin-bottom: 1rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .65rem .9rem .7rem; min-width: 0; }
.tile .label { display: block; color: var(--muted); font-size: .84rem; overflow-wrap: break-word; }
.tile .value { font-size: 1.4rem; font-weight: 600; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(27rem, 100%), 1fr)); gap: 1rem; }
figure.card { margin: 0; display: flex; flex-direction: column; }
#cost figure.card { margin-bottom: 1rem; }
figcaption p { color: var(--muted); font-size: .9rem; margin: 0 0 .4rem; }
figure > svg, figure > img { max-width: 100%; height: auto; margin: .3rem 0; }
figure > img { background: #fff; border-radius: 6px; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .95rem; list-style: none; margin: .1rem 0 .4rem; padding: 0; font-size: .86rem; }
.key { display: inline-block; width: 1.1rem; height: 0; border-top: 2.5px solid var(--key); margin-right: .4rem; vertical-align: middle; }
.key-area { height: .7rem; width: .9rem; border: 0; background: var(--key); border-radius: 2px; }
.key-dot { height: .6rem; width: .6rem; border: 0; background: var(--key); border-radius: 50%; }
.key-dashed { border-top-style: dashed; }
.key-dotted { border-top-style: dotted; }
.key-rule { border-top-style: dashed; border-top-width: 2px; }
.foot { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .3rem 1rem; margin-top: auto; padding-top: .35rem; font-size: .86rem; color: var(--muted); }
.foot .data[open] { flex-basis: 100%; min-width: 0; }
.scroll { overflow: auto; max-width: 100%; max-height: 36rem; }
.scroll.graph { max-height: none; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; margin: .7rem 0 1rem; }
.scroll.graph svg { display: block; margin: 0 auto; }
.forest { margin: 0 0 .6rem; }
.forest .scroll, .scroll.wide { max-height: none; }
.forest svg { max-width: none; }
.wide svg { min-width: 40rem; max-width: 100%; height: auto; }
.forest .source { font-size: .86rem; color: var(--muted); }
a.chip { text-decoration: none; }
a.chip:hover { text-decoration: underline; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; min-width: 50%; }
th { text-align: left; font-weight: 600; color: var(--muted); white-space: nowrap; position: sticky; top: 0; background: var(--card); }
th, td { padding: .26rem .9rem .26rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
table.numbers td, table.facts td:first-child, td a.made, .nowrap { white-space: nowrap; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
th[aria-sort='ascending'] button::after { content: ' ↑'; }
th[aria-sort='descending'] button::after { content: ' ↓'; }
.meter { display: block; height: 4px; border-radius: 2px; background: var(--ran-line); margin-top: 1px; }
.meter.saved { background: var(--hit-line); }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary .name { font-weight: 600; }
details.how { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .45rem .9rem; margin: .5rem 0; }
details.how ol { margin: .5rem 0; padding-left: 1.6rem; }
details.how li { margin: .15rem 0; overflow-wrap: anywhere; }
.step { font-weight: 600; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .8rem; margin: .8rem 0; font-size: .92rem; }
.tools button, .tools input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--faint); border-radius: 6px; padding: .2rem .7rem; }
.tools button { cursor: pointer; }
.stage { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .5rem .9rem; margin-bottom: .5rem; }
.stage > summary .seconds { float: right; padding-left: .8rem; }
.node { border-top: 1px solid var(--line); padding: .28rem 0; content-visibility: auto; contain-intrinsic-size: auto 2rem; }
.node > summary { font-size: .93rem; }
.node > summary .name { font-weight: 500; }
details > :target, .stage dl:target { scroll-margin-top: 6.2rem; }
details:has(> :target), details:has(> div > dl:target) { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 8px; }
.params code, dd code { background: var(--page); border-radius: 4px; padding: 0 .3rem; }
.params { font-size: .92rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .12rem 1rem; margin: .4rem 0 .5rem; font-size: .9rem; }
dt { color: var(--muted); max-width: 11rem; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
.metric { white-space: nowrap; margin-right: .5rem; }
.grid { max-width: 100%; height: auto; display: block; margin: .4rem 0; }
.grid path { fill: var(--fill); }
.verdicts { padding-left: 1.2rem; }
.v-diverged, .v-failed { color: var(--failed-ink); }
.arrows path { fill: none; stroke: var(--faint); stroke-width: 1.2; }
.arrows .tip { fill: var(--faint); stroke: none; }
.box { text-decoration: none; }
.box .frame { fill: var(--soft); stroke: var(--fill); stroke-width: 1.2; }
.box:hover .frame, .box:focus-visible .frame { stroke-width: 2.6; }
.box text { fill: var(--text); font-size: 13px; font-weight: 600; text-anchor: middle; }
.box .detail { font-size: 11px; font-weight: 400; }
.strip { fill: var(--fill); }
.tip-box { position: fixed; z-index: 4; pointer-events: none; background: var(--ink); color: var(--page); font-size: .84rem; padding: .2rem .55rem; border-radius: 5px; max-width: 24rem; overflow-wrap: anywhere; }
[hidden] { display: none !important; }
footer { max-width: 68rem; margin: 0 auto; padding: 1rem 1.25rem 2rem; color: var(--muted); font-size: .88rem; }
@media (max-width: 36rem) {
  body { font-size: 15px; }
  h1 { font-size: 1.55rem; }
  main { padding: 0 .8rem 2rem; }
  nav ul { padding: .55rem .8rem; gap: 1rem; }
  .tiles { grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .5rem; }
  .tile .value { font-size: 1.15rem; }
  .card, .effects { padding: .7rem .75rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dt { margin-top: .3rem; max-width: none; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print {
  :root {${LIGHT} --page: #fff; }
  @page { margin: 16mm 14mm; }
  body { font-size: 10.5pt; }
  nav, .tools, .tip-box, .skip, .foot .data { display: none; }
  main, footer { max-width: none; padding: 0; }
  section { padding-top: 1.1rem; }
  a { color: inherit; text-decoration: none; }
  h2, h3, summary { break-after: avoid; }
  figure, .tile, .failure, .node, tr, details:not([open]) { break-inside: avoid; }
  .scroll, pre { max-height: none; overflow: visible; }
  .wide svg { min-width: 0; }
  .scroll.graph svg, .forest svg { max-width: 100%; height: auto; max-height: 21cm; }
  .chips, h2 + p { break-after: avoid; }
  td, th { padding-top: .12rem; padding-bottom: .12rem; }
  .figures { grid-template-columns: 1fr 1fr; gap: .6rem; }
  th { position: static; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
