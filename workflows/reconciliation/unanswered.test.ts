import { asc, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, reallyCharged } from '#dev/journey';
import { localDateAt } from '#domain/calendar';
import { refuseWrites } from '#test/refusing';
import { hoursLater, leaseIn, newCustomer } from '#test/people';
import { startReconciliationWorld, type ReconciliationWorld } from '#test/reconciliation-world';

/** M-Pesa's answers get lost, and nobody is called back: the statement tells what became of the charges. */
let world: ReconciliationWorld;
let doubts: readonly Awaited<ReturnType<typeof inDoubt>>[];
beforeAll(async () => {
  world = await startReconciliationWorld();
  await world.faults({ loseCallbacks: 1, providers: ['mpesa'] });
  doubts = await Promise.all(['020', '022', '023'].map(inDoubt));
  await world.faults({});
});
afterAll(() => world.platform.close());

/** An hour after midnight the day before has no other charge of ours: what its statement had makes no difference here. */
const hasLines = () => ({ until: new Date() });

/** A lease whose deposit is unknown, at the end of the payer's number: 023 charges nothing, and says nothing. */
async function inDoubt(digits: string) {
  const { platform, staff, paymentsOf } = world;
  const customer = await newCustomer(platform, { digits, provider: 'mpesa' });
  const { id } = await leaseIn('awaiting_deposit', customer, staff, { market: 'KE' });
  const payments = () => paymentsOf(customer.client, id);
  const unknown = await eventually('an unknown payment', async () =>
    (await payments()).find(({ status }) => status === 'unknown'),
  );
  return { customer, id, payments, unknown };
}

it('what was charged is found on the statement, once', async () => {
  const { staff, reconcile, casesOf, place } = world;
  const charged = doubts.slice(0, 2);
  const said = await reconcile('mpesa');
  for (const { customer, id, payments, unknown } of charged) {
    const amount = await reallyCharged(place, customer.phone);
    expect(amount).toBe(unknown.amount.amount);
    const difference = said.differences.find(({ paymentId }) => paymentId === unknown.id);
    expect(difference).toMatchObject({ kind: 'missing_here', leaseId: id, remedy: 'found', ledgerAmount: null });
    const lease = await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
    expect(lease.paid.amount).toBe(amount);
    const [payment, ...others] = await payments();
    expect(others).toEqual([]);
    expect(payment).toMatchObject({ status: 'succeeded', providerReference: difference?.receipt });
    expect(await casesOf(unknown.id, { status: 'open' })).toEqual([]);
    expect(await casesOf(unknown.id, { kind: 'reconciliation_missing_here' })).toMatchObject([
      { id: difference?.caseId, status: 'closed', resolution: 'found on the statement' },
    ]);
  }

  const again = await reconcile('mpesa');
  expect(again).toMatchObject({ status: 'balanced', matched: said.matched + charged.length });
  expect(again.id).not.toBe(said.id);
  for (const { customer, unknown } of charged) {
    expect(await casesOf(unknown.id)).toHaveLength(2);
    expect(await reallyCharged(place, customer.phone)).toBe(unknown.amount.amount);
  }
  expect(await staff.agent.get('/v1/reconciliations/{id}', { path: { id: said.id } })).toEqual(said);
});

it('one that cannot be settled keeps no other from it, and is left to its case until it can be', async () => {
  const { platform, faults, reconcile, casesOf } = world;
  await faults({ loseCallbacks: 1, providers: ['mpesa'] });
  const pair = await Promise.all(['020', '020'].map(inDoubt));
  await faults({});
  const isTheirs = inArray(
    attempts.id,
    pair.map(({ unknown }) => unknown.id),
  );
  const asked = await platform.database.db.select().from(attempts).where(isTheirs).orderBy(asc(attempts.createdAt));
  const [first, second] = asked.map(({ id }) => pair.find(({ unknown }) => unknown.id === id));
  if (first === undefined || second === undefined) throw new Error('nobody is in doubt');
  const where = `new.id = '${first.unknown.id}'`;
  const refusing = await refuseWrites(platform.database, 'payments.attempts', { state: '23514', where });
  await reconcile('mpesa');
  const isPaid = ({ customer, id }: typeof first) =>
    leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
  await isPaid(second);
  const open = async () => (await casesOf(first.unknown.id, { status: 'open' })).map(({ kind }) => kind).toSorted();
  expect(await open()).toEqual(['reconciliation_missing_here', 'unknown_outcome']);
  await refusing.mend();
  await reconcile('mpesa');
  await isPaid(first);
  expect(await open()).toEqual([]);
});

it('what a lease cannot decide on ends no report, and the next one has it decided', async () => {
  const { platform, faults, reconcile, tamper, casesOf, wasRead } = world;
  await faults({ loseCallbacks: 1, providers: ['mpesa'] });
  const { payments, unknown } = await inDoubt('023');
  await faults({});
  const createdAt = new Date(Date.now() - 61 * 60_000);
  await tamper(unknown.id, { providerRequestId: null, createdAt });
  const where = `new.id = '${unknown.id}'`;
  const refusing = await refuseWrites(platform.database, 'payments.attempts', { state: '23514', where });
  const date = localDateAt(createdAt.getTime(), 'KE');
  await wasRead(date, hasLines());
  expect(['balanced', 'differences']).toContain((await reconcile('mpesa', { date })).status);
  expect((await casesOf(unknown.id, { status: 'open' })).map(({ kind }) => kind)).toEqual(['unknown_outcome']);
  await refusing.mend();
  await reconcile('mpesa', { date });
  expect((await payments()).find(({ id }) => id === unknown.id)).toMatchObject({ status: 'failed' });
});

it('what was not taken is charged again when an hour has passed and no statement has it', async () => {
  const { reconcile, casesOf, tamper, wasRead } = world;
  const [, , doubt] = doubts;
  if (doubt === undefined) throw new Error('nobody is in doubt');
  const { payments, unknown } = doubt;
  /** As after a crash between the note and the request. */
  const crashed = async (minutes: number) => {
    const createdAt = new Date(Date.now() - minutes * 60_000);
    await tamper(unknown.id, { providerRequestId: null, createdAt });
    const date = localDateAt(createdAt.getTime(), 'KE');
    await wasRead(date, hasLines());
    expect(await reconcile('mpesa', { date })).toMatchObject({ differences: [] });
  };
  await crashed(59);
  expect(await payments()).toMatchObject([{ id: unknown.id, status: 'unknown' }]);
  await crashed(61);
  // Nobody is prompted at night.
  await hoursLater(world.platform, doubt.id, 12);
  const again = await eventually('another try', async () => (await payments()).find(({ id }) => id !== unknown.id));
  expect(again.amount).toEqual(unknown.amount);
  const before = (await payments()).find(({ id }) => id === unknown.id);
  expect(before).toMatchObject({ status: 'failed', reason: 'not_confirmed' });
  const [closed, ...others] = await casesOf(unknown.id);
  expect(others).toEqual([]);
  expect(closed).toMatchObject({ kind: 'unknown_outcome', status: 'closed' });
  expect(closed?.resolution).toContain('on no statement of mpesa');
});
