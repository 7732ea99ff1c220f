import { measuredParts, type MeasuredPart, type Use } from './parts.ts';

export interface Row {
  readonly what: string;
  readonly figure: string;
  /** What it must not go beyond, in words. */
  readonly limit?: string;
  readonly holds?: boolean;
}

/** Prints a table, each figure beside its limit. @returns whether all limits hold */
export function print(title: string, rows: readonly Row[]): boolean {
  const width = Math.max(...rows.map(({ what }) => what.length));
  process.stdout.write(`\n${title}\n`);
  for (const { what, figure, limit, holds } of rows) {
    const verdict = holds === undefined ? '' : holds ? 'holds' : 'DOES NOT HOLD';
    process.stdout.write(
      `  ${what.padEnd(width)}  ${figure.padStart(24)}  ${limit ?? ''}  ${verdict}`.trimEnd() + '\n',
    );
  }
  return rows.every(({ holds = true }) => holds);
}

export const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MB`;

/** Memory of each part at several moments, one after the other. */
export function memoryRows(moments: readonly Use[]): Row[] {
  const figure = (name: MeasuredPart) => moments.map((use) => megabytes(use.get(name)?.memory ?? 0)).join(' → ');
  return measuredParts.map((name) => ({ what: `memory of ${name}`, figure: figure(name) }));
}

export const cpuRows = (each: ReadonlyMap<MeasuredPart, number>, of: string): Row[] => [
  ...measuredParts.map((name) => ({
    what: `CPU of ${name} for each ${of}`,
    figure: `${(each.get(name) ?? 0).toFixed(1)} ms`,
  })),
  { what: `CPU of all for each ${of}`, figure: `${[...each.values()].reduce((a, b) => a + b, 0).toFixed(1)} ms` },
];

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
