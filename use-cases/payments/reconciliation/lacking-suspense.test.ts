import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saidGone } from '#db/queries/said-gone';
import { cases, giveBacks, inbound, lackingPayments, reconciliations } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import type { CaseKind } from '#domain/cases';
import { admin, noonOf, paidOn, stateBooks, type Lease } from '#test/stated-books';
import { commandKey } from '#steering/command-key';
import { completeLease } from '#use-cases/leases/end-lease';
import { putIntoSuspense } from '../inbound/place-inbound.ts';
import { refundsDue } from '../refunds/refunds.ts';
import { decideCase } from '../deciding/decide-case.ts';
import { orderGiveBack } from '../suspense/give-back/order-give-back.ts';
import { sendGiveBack } from '../suspense/give-back/send-give-back.ts';
import { reconcileMarket } from './reconcile-market.ts';

let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

/** 120,000 by pay-bill that the provider has confirmed when it was asked, and that name no lease. */
async function waits() {
  const [id, receipt] = [uuidv7(), randomUUID().toUpperCase()];
  const facts = { provider: 'mtn', market: 'UG', currency: 'UGX', account: 'X', status: 'announced' } as const;
  const payer = { payerEncrypted: books.deps.encryption.encrypt('+256772123456'), payerMasked: '+' };
  await books.database.db
    .insert(inbound)
    .values({ id, receipt, amount: 120_000, paidAt: noonOf(paidOn), ...facts, ...payer });
  await putIntoSuspense(books.database, { inboundId: id, at: noonOf(paidOn) });
  return id;
}

const openOf = (kind: CaseKind) =>
  books.database.db
    .select()
    .from(cases)
    .where(and(eq(cases.kind, kind), eq(cases.status, 'open')));

async function read(mornings = 1) {
  books.states([]);
  const [id, at] = [randomUUID(), noonOf(addDays(paidOn, mornings))];
  const day = { provider: 'mtn', market: 'UG', date: paidOn } as const;
  await books.database.db
    .insert(reconciliations)
    .values({ id, ...day, requestedBy: null, status: 'running', startedAt: at });
  return reconcileMarket(books.deps, { reconciliationId: id, at, ...day }).catch(({ message }: Error) => message);
}

const ends = async (lease: Lease) => {
  await lease.at(noonOf(addDays(paidOn, 1)).toISOString(), (context) => completeLease(context, { leaseId: lease.id }));
  const due = await lease.at(noonOf(addDays(paidOn, 1)).toISOString(), (context) =>
    refundsDue(context, books.deps, { leaseId: lease.id }),
  );
  return [
    await saidGone(books.database.db, lease.id),
    due.map(({ amount, waitsFor }) => [amount, waitsFor ?? 'nothing']),
  ];
};

describe('money in suspense that its statement lacks', () => {
  it('holds the lease that is given it after the read as well as the one before', async () => {
    const before = await waits();
    const first = await books.resolve(before);
    const after = await waits();
    expect(await read()).toMatch(/is not complete: it lacks \d movements/);
    const second = await books.resolve(after);
    expect(await books.database.db.$count(lackingPayments)).toBeGreaterThan(0);
    expect(await ends(first)).toEqual(['statement_incomplete', [[20_000, 'case']]]);
    expect(await ends(second)).toEqual(['statement_incomplete', [[20_000, 'case']]]);
  });

  it('does not go back to whoever is said to have paid it', async () => {
    const id = await waits();
    expect(await read()).toMatch(/is not complete/);
    const givesBack = () => {
      const key = commandKey(new Date(), `POST /v1/suspense/${id}/return`, randomUUID());
      return orderGiveBack(books.deps, admin, { inboundId: id, reason: 'he asks for it' }, key);
    };
    await expect(givesBack()).rejects.toMatchObject({ code: 'invalid_state' });

    // Nor once somebody has taken the statement as it is, until the case of the money itself is closed.
    for (const mornings of [2, 3]) expect(await read(mornings)).toMatch(/is not complete/);
    const [open] = await openOf('statement_incomplete');
    if (open === undefined) throw new Error('nobody is told');
    await decideCase(books.deps, admin, open, undefined, { resolution: 'their file lacks it for good' });
    await expect(givesBack()).rejects.toMatchObject({ code: 'invalid_state' });
    const item = await books.itemOf(id);
    const its = (await openOf('reconciliation_missing_there')).filter(
      ({ detail }) => detail['receipt'] === item?.receipt,
    );
    expect(its).toMatchObject([{ paymentId: null, detail: { ledgerAmount: 120_000, date: paidOn } }]);
    for (const one of its) await decideCase(books.deps, admin, one, undefined, { resolution: 'MTN has the money' });
    await givesBack();
    expect(await books.itemOf(id)).toMatchObject({ status: 'returning' });
  });

  it('is not sent where the give-back was ordered before', async () => {
    await books.database.db.delete(cases);
    const id = await waits();
    const key = commandKey(new Date(), `POST /v1/suspense/${id}/return`, randomUUID());
    await orderGiveBack(books.deps, admin, { inboundId: id, reason: 'he asks for it' }, key);
    expect(await read()).toMatch(/is not complete/);
    const [ordered] = await books.database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, id));
    expect(await sendGiveBack(books.deps, { giveBackId: ordered?.id ?? '' })).toBe('failed');
    expect(await books.itemOf(id)).toMatchObject({ status: 'suspense' });
    expect((await openOf('give_back_failed')).map(({ detail }) => detail)).toMatchObject([{ declined: 'not_due' }]);
  });
});
