import { costs, habits, runs, type Figure } from './figures.ts';
import { cpuMsOfPayment, predictMorning, sizeFor, type Sizing } from './model.ts';

const sizes = [1_000, 10_000, 100_000, 1_000_000, 3_000_000];

/** The tables of docs/capacity.md, in the order in which they stand there, each with its head. */
export const capacityTables = (): string[][][] => [morningRows(), figureRows(costs), figureRows(habits), sizeRows()];

function morningRows(): string[][] {
  const rows = runs.map((run) => {
    const predicted = predictMorning(run);
    return [
      thousands(run.due),
      thousands(run.leases),
      String(run.perSecond),
      `${run.load} on ${run.cores} cores`,
      `${predicted.lastPrompt.toFixed(0)} s, by ${predicted.limitedBy}`,
      `${run.lastPrompt.toFixed(0)} s`,
      String(run.mostASecond),
      String(run.refused),
    ];
  });
  const head = ['Due', 'Of', 'A second', 'Load', 'Last prompt, predicted', 'Measured', 'Fullest second', 'Refused'];
  return [head, ...rows];
}

function figureRows(of: Readonly<Record<string, Figure>>): string[][] {
  const rows = Object.values(of).map(({ what, value, unit, from }) => [
    what,
    `${thousands(value)} ${unit}`.trim(),
    from,
  ]);
  return [['What', 'Figure', 'From'], ...rows];
}

function sizeRows(): string[][] {
  const all = sizes.map(sizeFor);
  const row = (what: string, show: (sizing: Sizing) => string) => [what, ...all.map(show)];
  const cores = (part: keyof Sizing['cores']) => (sizing: Sizing) =>
    sizing.cores[part].toFixed(sizing.cores[part] < 10 ? 1 : 0);
  return [
    ['', ...sizes.map((size) => `${thousands(size)} customers`)],
    row('payments a day', ({ paymentsADay }) => thousands(paymentsADay)),
    row('prompts that are due at 8', ({ morningPrompts }) => thousands(morningPrompts)),
    row('prompts a second of the largest provider', ({ promptsASecond }) => promptsASecond.toFixed(1)),
    row('events a second in the outbox', ({ eventsASecond }) => eventsASecond.toFixed(1)),
    row('positions a second', ({ positionsASecond }) => thousands(positionsASecond)),
    row('cores of workers', cores('worker')),
    row('cores of the API', cores('api')),
    row('cores of the relay', cores('relay')),
    row('cores of telematics', cores('telematics')),
    row('cores of Temporal', cores('temporal')),
    row('cores of Postgres', cores('postgres')),
    row('worker and API processes', ({ replicas }) => `${thousands(replicas.worker)}, ${thousands(replicas.api)}`),
    row('connections to Postgres', ({ connections }) => thousands(connections)),
    row('the books after a year', ({ postgresAYear }) => gigabytes(postgresAYear)),
    row('positions that are kept', ({ postgresPositions }) => gigabytes(postgresPositions)),
    row('open leases in Temporal', ({ temporalOpen }) => gigabytes(temporalOpen)),
    row('CPU of a payment, all parts', () => `${cpuMsOfPayment().toFixed(0)} ms`),
  ];
}

const thousands = (value: number): string =>
  (value < 100 ? Number(value.toPrecision(2)) : Math.round(value)).toLocaleString('en');
const gigabytes = (bytes: number): string => `${thousands(bytes / 1e9)} GB`;
