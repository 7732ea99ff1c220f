import { expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { leaseStatuses } from '../leases/status.ts';
import { markets } from '../markets.ts';
import { dueOf, stepKinds, stepsAtEnd, terms } from './step.ts';

it.each([
  ['UG', 'registration', '2026-02-15'],
  ['KE', 'registration', '2026-01-31'],
  ['KE', 'title', '2026-02-08'],
  ['RW', 'discharge', '2026-02-15'],
] as const)('in %s a %s is due on %s', (market, kind, due) => {
  const cause = { market, today: localDate('2026-02-01'), signedOn: localDate('2026-01-01') };
  expect(dueOf(kind, cause)).toBe(due);
});

it('says for each market and step where it comes from', () => {
  for (const market of markets) for (const kind of stepKinds) expect(terms[market][kind].law).not.toBe('');
});

it('ends with a discharge wherever nothing is owed any more, and with a title where the vehicle is the customer’s', () => {
  const atEnd = (isRegistered: boolean) =>
    Object.fromEntries(
      leaseStatuses.flatMap((status) => {
        const steps = stepsAtEnd(status, isRegistered);
        return steps.length === 0 ? [] : [[status, steps.join(', ')]];
      }),
    );
  expect(atEnd(true)).toEqual({
    completed: 'discharge, title',
    settled_early: 'discharge, title',
    upgraded: 'discharge',
    returned: 'discharge',
    repossessed: 'discharge',
    total_loss: 'discharge',
  });
  expect(atEnd(false)).toEqual({ completed: 'title', settled_early: 'title' });
});
