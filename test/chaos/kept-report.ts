import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Cell } from './matrix.ts';

/** What was seen of a cell when it was tried last. */
export interface Seen {
  readonly held: string;
  /** Seconds, or a dash. */
  readonly works: string;
  readonly rest: string;
  /** ISO 8601, a day. */
  readonly on: string;
  /** The short id of a commit. */
  readonly commit: string;
}

const HEAD = `# What held when each fault was tried last

Made by \`npm run chaos\`: a row for each cell of [the matrix](chaos.md), of its last run. What was not tried yet, and then what was tried longest ago, comes first, so that an hour a night goes through all of it.
`;
const COLUMNS = ['Fault', 'On', 'Held', 'Works again after, s', 'At rest after, s', 'Tried on', 'Commit'];

const keyOf = ({ fault, on }: Pick<Cell, 'fault' | 'on'>) => `${fault} on ${on}`;

/** The report of all runs, which stays in the repository: a run of an hour comes to a part of the matrix. */
export class KeptReport {
  readonly #path: string;
  readonly #cells: readonly Cell[];
  readonly #seen = new Map<string, Seen>();

  constructor(path: string, cells: readonly Cell[]) {
    this.#path = path;
    this.#cells = cells;
    if (!existsSync(path)) return;
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [, fault = '', target = '', held = '', works = '', rest = '', on = '', commit = ''] = line
        .split(/(?<!\\)\|/)
        .map((text) => text.trim());
      if (/^\d{4}-\d\d-\d\d$/.test(on)) this.#seen.set(`${fault} on ${target}`, { held, works, rest, on, commit });
    }
  }

  /** Those that were never tried, then by when they were. */
  oldestFirst(cells: readonly Cell[]): Cell[] {
    const tried = (cell: Cell) => this.#seen.get(keyOf(cell))?.on ?? '';
    return cells.toSorted((a, b) => (tried(a) < tried(b) ? -1 : tried(a) > tried(b) ? 1 : 0));
  }

  keep(cell: Cell, seen: Seen): void {
    this.#seen.set(keyOf(cell), seen);
    const rows = this.#cells.flatMap((one) => {
      const last = this.#seen.get(keyOf(one));
      return last === undefined
        ? []
        : [[one.fault, one.on, last.held, last.works, last.rest, last.on, last.commit].map(escaped)];
    });
    const held = rows.filter(([, , word]) => word === 'yes').length;
    const lines = [COLUMNS, COLUMNS.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
    const sum = `${rows.length} of ${this.#cells.length} cells were tried; everything held in ${held}.`;
    writeFileSync(this.#path, `${HEAD}\n${sum}\n\n${lines.join('\n')}\n`);
  }
}

const escaped = (text: string) => text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ');
