/**
 * The script of a report: it expands, filters, sorts and shows tooltips. All that it works on is in the page before it
 * runs, and it puts words into the page as text alone.
 */

export const SCRIPT = `'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const made = (name, attributes, text) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

// A link to something in a closed part opens it.
const reveal = () => {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id === '' ? null : document.getElementById(id);
  if (target === null) return;
  for (let at = target; at !== null; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
  target.scrollIntoView();
};
addEventListener('hashchange', reveal);
reveal();

// Expanding and filtering.
const stages = document.getElementById('stages');
if (stages !== null && stages.children.length > 0) {
  const bar = made('div', { class: 'tools' });
  const expand = made('button', { type: 'button' }, 'Expand stages');
  const collapse = made('button', { type: 'button' }, 'Collapse all');
  const label = made('label', {}, 'Filter nodes ');
  const input = made('input', { type: 'search', placeholder: 'name or outcome' });
  const count = made('span', { class: 'muted', role: 'status' });
  label.append(input);
  bar.append(expand, collapse, label, count);
  stages.before(bar);
  expand.onclick = () => all('.stage', stages).forEach((each) => (each.open = true));
  collapse.onclick = () => all('details', stages).forEach((each) => (each.open = false));
  let groups;
  let timer;
  // Read when it is first needed: a page may have ten thousand nodes.
  const read = () =>
    [...stages.children].map((stage) => ({
      stage,
      name: stage.firstElementChild.textContent.toLowerCase(),
      own: all('.node', stage).map((node) => [node, node.firstElementChild.textContent.toLowerCase()]),
    }));
  const filter = () => {
    groups ??= read();
    const sought = input.value.trim().toLowerCase();
    let found = 0;
    for (const { stage, name, own } of groups) {
      const isNamed = name.includes(sought);
      const shown = own.filter(([, words]) => words.includes(sought)).length;
      for (const [node, words] of own) node.hidden = shown > 0 && !words.includes(sought);
      stage.hidden = shown === 0 && !isNamed;
      if (sought !== '' && shown > 0 && shown < own.length) stage.open = true;
      found += own.length === 0 ? (isNamed ? 1 : 0) : shown === 0 && isNamed ? own.length : shown;
    }
    count.textContent = sought === '' ? '' : found + (found === 1 ? ' node' : ' nodes');
  };
  input.oninput = () => {
    clearTimeout(timer);
    timer = setTimeout(filter, 120);
  };
}

// Sorting, by the heading of a column.
const valueOf = (cell) => {
  const text = cell.textContent.trim();
  const number = /^[-+]?[\\d.]+(e[-+]?\\d+)?/i.exec(text);
  return number === null ? text : Number(number[0]);
};
for (const table of all('table.sortable')) {
  const body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  all('th', table).forEach((head, index) => {
    const button = made('button', { type: 'button' }, head.textContent);
    head.replaceChildren(button);
    button.onclick = () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      all('th', table).forEach((each) => each.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...body.rows].map((row) => [valueOf(row.cells[index]), row]);
      const compare = ([a], [b]) =>
        typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
      rows.sort((a, b) => (down ? compare(b, a) : compare(a, b)));
      body.append(...rows.map(([, row]) => row));
    };
  });
}

// Tooltips, at once where the browser's own take a while.
const tip = made('div', { class: 'tip-box', 'aria-hidden': 'true' });
document.body.append(tip);
addEventListener('pointermove', ({ target, clientX, clientY }) => {
  const title = target instanceof SVGElement && target.closest('svg') ? target.querySelector(':scope > title') ?? target.parentElement.querySelector(':scope > title') : null;
  tip.hidden = title === null;
  if (title === null) return;
  tip.textContent = title.textContent;
  tip.style.left = Math.min(clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
  tip.style.top = Math.min(clientY + 16, innerHeight - tip.offsetHeight - 8) + 'px';
});
`;
