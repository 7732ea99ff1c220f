import { expect, it } from 'vitest';
import { money } from '../money.ts';
import { standOf } from './menu.ts';
import { balancesSaid } from './show.ts';
import type { Lease } from './state.ts';
import { standWords } from './wording.ts';

const none = money(0, 'UGX');
const sums = { deposit: none, instalment: none, total: none, paid: none, outstanding: none, late: none };
const lease: Lease = {
  ...sums,
  id: '0198c0de-0000-7000-8000-000000000000',
  reference: 'K7WQ2MTPABCD',
  status: 'completed',
  currency: 'UGX',
  vehicle: 'Bajaj Boxer',
  frequency: 'weekly',
  instalments: 10,
  next: null,
  ownedPercent: 100,
  disputed: none,
  pausedUntil: null,
  today: '2026-11-30',
};

it('a vehicle is not said to be its customer’s while money that has paid for it was taken back, or is said to have gone', () => {
  expect(standOf(lease).phrase).toBe(standWords.owned);
  const stand = standOf({ ...lease, disputed: money(5_000, 'UGX') });
  expect(stand).toMatchObject({ phrase: standWords.takenBack, values: { amount: expect.stringContaining('5,000') } });
  expect(standOf({ ...lease, isSaidGone: true }).phrase).toBe(standWords.lookedInto);
  for (const doubt of [{ disputed: money(5_000, 'UGX') }, { isSaidGone: true }])
    expect(balancesSaid([{ ...lease, ...doubt }], 'en')).not.toMatch(/yours/);
});
