import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addDays, daysBetween, instantOf, localDate, localDateAt, localHourAt, weekdayOf } from '#domain/calendar';
import { learn, noHabits, type Habits } from '#domain/leases/habits';
import { nextMorning, nextTry, PROMPTS_A_DAY } from '#domain/payments/tries';
import { promptHours } from '#domain/quiet-hours';
import type { Measurement } from './run.ts';

/*
 * A back-test of the retry policy. Synthetic customers have money in their wallets at some hours and not at
 * others, the same whichever policy asks; each is collected from as a lease's workflow would, once by the
 * policy with what it learnt and once by the same function with no habits: the fixed hours.
 */
const MARKET = 'UG';
const START = localDate('2026-01-05');
const CUSTOMERS = 60;
const WEEKS = 26;
const SEED = 20260105;

/** The chance that a wallet holds the instalment at a local hour of a weekday (0 is Sunday). */
type Wallet = (hour: number, weekday: number) => number;
const workday = (weekday: number) => (weekday === 0 ? 0.5 : 1);
const kinds: Readonly<Record<string, Wallet>> = {
  'paid in the morning': (hour, weekday) => workday(weekday) * (hour < 11 ? 0.8 : hour < 16 ? 0.3 : 0.1),
  'evening rider': (hour, weekday) => workday(weekday) * (hour < 11 ? 0.1 : hour < 16 ? 0.3 : 0.8),
  'Friday wage': (_hour, weekday) => (weekday === 5 || weekday === 6 ? 0.8 : 0.07),
  irregular: () => 0.35,
  broke: () => 0.04,
};

interface Outcome {
  prompts: number;
  collected: number;
  daysLate: number;
  withinAWeek: number;
  instalments: number;
}

const policies = ['learnt', 'fixed'] as const;
type Policy = (typeof policies)[number];

/** Collects a customer's weekly instalments in order; one that is not paid holds up the next, as in a lease. */
function collectFrom(wallet: Wallet, customer: number, policy: Policy): Outcome {
  const outcome: Outcome = { prompts: 0, collected: 0, daysLate: 0, withinAWeek: 0, instalments: WEEKS };
  // Customers were handed their vehicles on different weekdays.
  const first = addDays(START, customer % 7);
  const end = instantOf(addDays(first, 7 * WEEKS), 0, MARKET);
  let habits: Habits = noHabits;
  let [failures, notBefore] = [0, 0];
  let today = { on: '', count: 0 };
  for (let week = 0; week < WEEKS;) {
    const due = addDays(first, 7 * week);
    const now = Math.max(instantOf(due, promptHours[0], MARKET), notBefore);
    if (now >= end) break;
    const on = localDateAt(now, MARKET);
    if (today.on !== on) today = { on, count: 0 };
    if (today.count >= PROMPTS_A_DAY) {
      notBefore = nextMorning(now, MARKET);
      continue;
    }
    outcome.prompts += 1;
    const paid = chance(customer, now) < wallet(localHourAt(now, MARKET), weekdayOf(on));
    if (policy === 'learnt') habits = learn(habits, now, MARKET, paid);
    if (paid) {
      const late = daysBetween(due, on);
      outcome.collected += 1;
      outcome.daysLate += late;
      if (late <= 7) outcome.withinAWeek += 1;
      [failures, notBefore, week] = [0, 0, week + 1];
      // What is overdue at that moment is collected with it: one prompt takes all that is due.
      while (week < WEEKS && addDays(first, 7 * week) <= on) {
        const behind = daysBetween(addDays(first, 7 * week), on);
        outcome.collected += 1;
        outcome.daysLate += behind;
        if (behind <= 7) outcome.withinAWeek += 1;
        week += 1;
      }
    } else {
      failures += 1;
      today.count += 1;
      notBefore = nextTry('no_funds', failures, now, MARKET, habits);
    }
  }
  return outcome;
}

/** A number from 0 to 1 for a customer's wallet at an hour, the same whoever asks and however often (mulberry32). */
function chance(customer: number, instant: number): number {
  let mixed = (SEED + customer * 7_919 + Math.floor(instant / 3_600_000) * 104_729) | 0;
  mixed = (mixed + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 1 | mixed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

interface Row {
  readonly kind: string;
  readonly policy: Policy;
  readonly promptsPerInstalment: number;
  readonly daysLate: number;
  readonly withinAWeek: number;
}

function backTest(): Row[] {
  return policies.flatMap((policy) => {
    const totals = Object.entries(kinds).map(([kind, wallet]) => {
      const all = Array.from({ length: CUSTOMERS }, (_, customer) => collectFrom(wallet, customer, policy));
      return { kind, total: sum(all) };
    });
    const all = { kind: 'all', total: sum(totals.map(({ total }) => total)) };
    return [...totals, all].map(({ kind, total }) => ({
      kind,
      policy,
      promptsPerInstalment: total.prompts / total.collected,
      daysLate: total.daysLate / total.collected,
      withinAWeek: total.withinAWeek / total.instalments,
    }));
  });
}

function sum(outcomes: readonly Outcome[]): Outcome {
  const of = (key: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  return {
    prompts: of('prompts'),
    collected: of('collected'),
    daysLate: of('daysLate'),
    withinAWeek: of('withinAWeek'),
    instalments: of('instalments'),
  };
}

let rows: Row[] = [];

export const name = 'retry policy, learnt against fixed hours';

/** Instalments collected per 100 prompts; the same in every round. */
export function run(): Promise<Measurement> {
  if (rows.length === 0) rows = backTest();
  const of = (policy: Policy) =>
    100 / (rows.find((row) => row.kind === 'all' && row.policy === policy)?.promptsPerInstalment ?? NaN);
  return Promise.resolve({ ours: of('learnt'), bare: of('fixed'), unit: 'instalments/100 prompts' });
}

/** Prints the table and keeps it. */
export async function close(): Promise<void> {
  const header =
    '| customers | policy | prompts per instalment | days late | collected within 7 days |\n|---|---|---|---|---|\n';
  const table =
    header +
    rows
      .map(
        ({ kind, policy, promptsPerInstalment, daysLate, withinAWeek }) =>
          `| ${kind} | ${policy} | ${promptsPerInstalment.toFixed(2)} | ${daysLate.toFixed(2)} | ${(100 * withinAWeek).toFixed(1)} % |\n`,
      )
      .join('');
  process.stdout.write(`${table}\n`);
  const about = `Back-test of the retry policy: ${CUSTOMERS} customers a kind, ${WEEKS} weekly instalments, seed ${SEED}.\n\n`;
  const directory = join(import.meta.dirname, 'results');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'collections-policy.md'), about + table);
}
