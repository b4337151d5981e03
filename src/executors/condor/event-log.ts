/**
 * The event log of a job, as the daemons of HTCondor append to it. An event is a line that begins with its code, lines
 * that are indented, and a line of three dots:
 *
 *     012 (005.000.000) 2026-11-29 15:41:00 Job was held.
 *         The job exceeded allowed job duration of 00:05
 *         Code 46 Subcode 0
 *     ...
 */

export interface LogEvent {
  readonly code: number;
  /** The number that HTCondor gave the job. */
  readonly job: string;
  /** The rest of its first line. */
  readonly text: string;
  /** Its other lines that are not empty, without what they begin with. */
  readonly details: readonly string[];
}

/** The time is local or UTC, with a year or without, as the site has it. */
const FIRST_LINE = /^(\d{3}) \((\d+)\.\d+\.\d+\) [\d/-]+[ T][\d:.]+\S* (.*)$/;

export class EventLog {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #lines: string[] = [];

  /** The events that this piece completes. What is none of this form is left out. */
  *add(piece: Buffer): Generator<LogEvent> {
    const lines = (this.#rest + this.#decoder.decode(piece, { stream: true })).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (line.trimEnd() !== '...') {
        this.#lines.push(line);
        continue;
      }
      const event = eventOf(this.#lines);
      this.#lines = [];
      if (event !== undefined) yield event;
    }
  }
}

function eventOf(lines: readonly string[]): LogEvent | undefined {
  // A writer that was killed leaves an event without its end: the last one that begins is whole.
  const at = lines.findLastIndex((line) => FIRST_LINE.test(line));
  const [, code, job, text] = FIRST_LINE.exec(lines[at] ?? '') ?? [];
  if (code === undefined) return undefined;
  const details = lines.slice(at + 1).flatMap((line) => line.trim() || []);
  return { code: Number(code), job: String(Number(job)), text: text!.trim(), details };
}
