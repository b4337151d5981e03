/**
 * What a call of `metric` or `trace` must have: it goes into the record and onto screens, so its name must be a text to
 * read.
 */
import { LONGEST_METRIC_NAME as LONGEST_NAME } from '../../core/diagnostics/limits.ts';
import { shown as shownValue } from '../../core/diagnostics/thrown.ts';

/** Control characters, line breaks among them, and halves of surrogate pairs. */
const UNREADABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** What is wrong with the call, as a clause that follows the node's name; undefined for a sound one. */
export function metricFault(name: unknown, value: unknown, step: unknown): string | undefined {
  const fault = nameFault('reports a metric', name);
  if (fault !== undefined) return fault;
  const doing = `reports the metric ${name as string}`;
  return typeof value === 'number' ? stepFault(doing, step) : `${doing} as ${shown(value)}; give a number`;
}

/** The same of a call of `trace`, whose value is looked at elsewhere. */
export function traceFault(name: unknown, step: unknown): string | undefined {
  return nameFault('traces a value', name) ?? stepFault(`traces ${name as string}`, step);
}

function nameFault(doing: string, name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '')
    return `${doing} called ${shown(name)}; give its name as a text of 1 to ${LONGEST_NAME} characters`;
  if (name.length > LONGEST_NAME)
    return `${doing} with a name of ${name.length} characters, ${shown(name)}; give 1 to ${LONGEST_NAME} characters`;
  if (UNREADABLE.test(name))
    return `${doing} called ${shown(name)}, which has characters that cannot be shown; give a name to read`;
  return undefined;
}

function stepFault(doing: string, step: unknown): string | undefined {
  if (step === undefined || Number.isSafeInteger(step)) return undefined;
  return `${doing} with the step ${shown(step)}; give a whole number`;
}

/** On one line, and short, whatever it is. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : shownValue(value);
  return (text.length > 80 ? `${text.slice(0, 80)}...` : text).replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}
