/** A picture as Mermaid text, which GitHub and GitLab draw inside Markdown. */
import { FILLS, LINE } from './palette.ts';
import type { Box, Picture } from './picture.ts';

export function toMermaid({ title, boxes, arrows }: Picture): string {
  const statuses = [...new Set(boxes.flatMap(({ status }) => (status === null ? [] : [status])))];
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'flowchart TB',
    ...boxes.map((box) => `  ${boxStatement(box)}`),
    ...arrows.map(({ from, to, labels }) => `  ${from} -->|${quote(labels.join(', '))}| ${to}`),
    ...statuses.map((status) => `  classDef ${status} fill:${FILLS[status]},stroke:${LINE},color:#000`),
    ...statuses.map((status) => {
      const members = boxes.filter((box) => box.status === status).map(({ id }) => id);
      return `  class ${members.join(',')} ${status}`;
    }),
    '',
  ].join('\n');
}

function boxStatement({ id, kind, label, detail }: Box): string {
  const text = quote(detail === '' ? label : `${label}\n${detail}`);
  switch (kind) {
    case 'stage':
      return `${id}(${text})`;
    case 'observation':
      return `${id}{{${text}}}`;
    case 'file':
      return `${id}[/${text}/]`;
    case 'result':
      return `${id}([${text}])`;
  }
}

/** Mermaid has no escape for a quotation mark except the HTML entity with a # for the &. */
function quote(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;').replaceAll('\n', '<br/>')}"`;
}
