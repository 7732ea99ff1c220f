import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { z } from 'zod';
import { localDate } from '#domain/calendar';
import { keyFactsOf } from '#domain/leases/key-facts';
import { agreedOn, type Case } from './any-plan.ts';

const answers = z.array(
  z.object({
    deposit: z.int(),
    lines: z.array(z.tuple([z.iso.date(), z.int(), z.record(z.string(), z.int())])),
    eu: z.number().nullable(),
    us: z.number().nullable(),
  }),
);
type Answer = z.infer<typeof answers>[number];

/** What each comes to by test/plans.py, which knows nothing of our code. */
function byPython(cases: readonly Case[]): Answer[] {
  const input = JSON.stringify(cases);
  const output = execFileSync(python(), [join(import.meta.dirname, 'plans.py')], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  return answers.parse(JSON.parse(output));
}

/** The same by our own rules. */
export function byUs({ market, plan, price, start }: Case): Answer {
  const handedOverOn = localDate(start);
  const { deposit, lines } = agreedOn({ market, plan }, price, handedOverOn);
  const terms = { ...plan, graceDays: 0, lateFee: null, immobiliseAfterDaysPastDue: null };
  const { rates } = keyFactsOf({
    market,
    plan: terms,
    price,
    deposit,
    handedOverOn,
    lines,
    stop: null,
    repossession: null,
  });
  return { deposit, lines: lines.map(({ dueOn, amount, components }) => [dueOn, amount, { ...components }]), ...rates };
}

/** @throws AssertionError where Python has another answer than we. */
export function expectSame(cases: readonly Case[]): void {
  const theirs = byPython(cases);
  for (const [i, one] of cases.entries()) {
    const ours = byUs(one);
    // There are thousands of lines: only what differs is put into words.
    if (!isDeepStrictEqual(theirs[i], ours)) expect(theirs[i], JSON.stringify(one)).toEqual(ours);
  }
}

/** @throws Error telling how to install it where it is missing; root of a Debian machine gets it installed. */
function python(): string {
  const isThere = () => spawnSync('python3', ['--version']).error === undefined;
  if (!isThere() && process.getuid?.() === 0)
    spawnSync('apt-get', ['install', '--yes', '--quiet=2', '--no-install-recommends', 'python3']);
  if (!isThere()) throw new Error('install Python 3 (Debian: apt-get install python3; macOS: brew install python3)');
  return 'python3';
}
