import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inbound } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { simulatedProviders, type SimulatedProvider } from '#dev/simulators/simulated';
import { localDateAt } from '#domain/calendar';
import type { PaymentProvider } from '#domain/markets';
import { fastForward } from '#platform/temporal/fast-forward';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refuseWrites } from '#test/refusing';
import { runSweeps } from '../../upkeep/run-sweeps.ts';
import { inboundPath } from './inbound-secret.ts';

/** Announcements that are late, lost, repeated, forged or wrong, beside the money that really moved. */
let platform: TestPlatform;
let staff: Cast;
let world: SimulatorClient;
beforeAll(async () => {
  platform = await startTestPlatform({ AIRTEL_HASH_KEY: 'hash-key' });
  staff = await cast(platform);
  world = new SimulatorClient(platform.simulators);
  // Whoever pays is heard of by what the tests announce, and by nothing else.
  for (const provider of simulatedProviders)
    await world.post('/inbound-urls', { body: { provider, url: 'http://127.0.0.1:9/nobody' } });
});
afterAll(() => platform.close());
const MINUTE = 60_000;
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * MINUTE);

interface Notice {
  readonly receipt: string;
  readonly account: string;
  readonly amount: number;
  readonly paidAt?: Date;
}

const bodies: Record<'mtn' | 'airtel', (notice: Required<Notice>) => object> = {
  mtn: ({ receipt, account, amount, paidAt }) => ({
    type: 'PAYBILL',
    status: 'SUCCESSFUL',
    financialTransactionId: receipt,
    externalId: account,
    amount: String(amount),
    currency: 'UGX',
    payer: { partyIdType: 'MSISDN', partyId: '256772000100' },
    paidAt: paidAt.toISOString(),
  }),
  airtel: ({ receipt, account, amount, paidAt }) => ({
    transaction: {
      type: 'PAYBILL',
      status_code: 'TS',
      airtel_money_id: receipt,
      reference: account,
      amount,
      currency: 'UGX',
      msisdn: '752000100',
      country: 'UG',
      paid_at: paidAt.toISOString(),
    },
    hash: 'bm90IHRoZSBoYXNo',
  }),
};

async function announce(provider: 'mtn' | 'airtel', notice: Notice): Promise<void> {
  const body = JSON.stringify(bodies[provider]({ paidAt: new Date(), ...notice }));
  const answer = await fetch(platform.url + inboundPath(platform.encryption, provider), { method: 'POST', body });
  expect(answer.status).toBe(200);
}

/** A customer pays by himself; what he paid is announced by the test alone. @returns the receipt. */
async function paid(provider: SimulatedProvider, customer: Customer, account: string, amount: number): Promise<string> {
  const payBill = { provider, payer: customer.phone, account, amount, currency: 'UGX' } as const;
  return (await world.post('/pay-bill', { body: payBill })).id;
}

const workflowOf = (provider: PaymentProvider, receipt: string) =>
  platform.temporal.workflow.getHandle(`${platform.config.TASK_QUEUE_PREFIX}inbound-${provider}-UG-${receipt}`);
const outcomeOf = (provider: PaymentProvider, receipt: string) => workflowOf(provider, receipt).result();

/** Lets the patience with a provider that knows of no such payment run out. */
async function refuted(provider: PaymentProvider, receipt: string): Promise<void> {
  const { workflowId } = workflowOf(provider, receipt);
  await fastForward(platform.temporal, workflowId, 11 * MINUTE);
  expect(await outcomeOf(provider, receipt)).toBe('refuted');
}

const casesOf = async (kind: string, receipt: string) => {
  const { data } = await staff.agent.get('/v1/cases', { query: { kind, limit: 100 } });
  return data.filter(({ detail }) => detail['receipt'] === receipt);
};
const paidOf = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/leases/{id}', { path: { id } })).paid.amount;

describe.concurrent('what nobody paid', () => {
  it('is not believed when it is announced again either', async () => {
    const customer = await newCustomer(platform);
    const { id, reference, paid: before } = await leaseIn('active', customer, staff);
    const notice = { receipt: `F${Date.now()}1`, account: reference, amount: 5_000, paidAt: daysAgo(9) };
    await announce('mtn', notice);
    await refuted('mtn', notice.receipt);
    await announce('mtn', notice);
    await refuted('mtn', notice.receipt);
    expect(await casesOf('forged_announcement', notice.receipt)).toMatchObject([
      { detail: { amount: { amount: 5_000, currency: 'UGX' } } },
    ]);
    expect(await paidOf(customer, id)).toBe(before.amount);
  });

  it('and an announcement with a signature that does not fit is a case of its own', async () => {
    const notice = { receipt: `F${Date.now()}2`, account: 'NOBODY', amount: 5_000 };
    await announce('airtel', notice);
    expect(await casesOf('lying_callback', notice.receipt)).toMatchObject([{ status: 'open' }]);
    await refuted('airtel', notice.receipt);
  });
});

describe.concurrent('what was paid', () => {
  it('is money in doubt while its statement lags, and credited when that has it', async () => {
    const customer = await newCustomer(platform);
    const { id, reference, paid: before } = await leaseIn('active', customer, staff);
    const receipt = await paid('mtn', customer, reference, 3_000);
    const { workflowId } = workflowOf('mtn', receipt);
    // The statements that are looked at have it not.
    await announce('mtn', { receipt, account: reference, amount: 3_000, paidAt: daysAgo(2) });
    await fastForward(platform.temporal, workflowId, 60 * MINUTE);
    const isIts = eq(inbound.receipt, receipt);
    const [row] = await platform.deps.db.select().from(inbound).where(isIts);
    expect(row?.status).toBe('announced');
    expect(await casesOf('forged_announcement', receipt)).toEqual([]);
    await platform.deps.db.update(inbound).set({ paidAt: new Date() }).where(isIts);
    await fastForward(platform.temporal, workflowId, 180 * MINUTE);
    expect(await outcomeOf('mtn', receipt)).toBe('posted');
    expect(await paidOf(customer, id)).toBe(before.amount + 3_000);
  });

  it('is credited by the next reconciliation although it was denied, and nobody is suspected any more', async () => {
    const customer = await newCustomer(platform);
    const { id, reference, paid: before } = await leaseIn('active', customer, staff);
    const receipt = await paid('mtn', customer, reference, 3_000);
    await announce('mtn', { receipt, account: reference, amount: 3_000, paidAt: daysAgo(9) });
    await refuted('mtn', receipt);
    expect(await casesOf('forged_announcement', receipt)).toMatchObject([{ status: 'open' }]);
    const date = localDateAt(Date.now(), 'UG');
    await staff.admin.post('/v1/reconciliations', { body: { provider: 'mtn', market: 'UG', date } });
    await leaseThat(customer.client, id, 'credited', (lease) => lease.paid.amount === before.amount + 3_000);
    expect(await casesOf('forged_announcement', receipt)).toMatchObject([{ status: 'closed' }]);
  });

  it('is credited although somebody announced it with another day before, and it was denied', async () => {
    const customer = await newCustomer(platform);
    const { id, reference, paid: before } = await leaseIn('active', customer, staff);
    const receipt = await paid('mtn', customer, reference, 3_000);
    await announce('mtn', { receipt, account: 'X', amount: 1, paidAt: daysAgo(9) });
    await refuted('mtn', receipt);
    await announce('mtn', { receipt, account: reference, amount: 3_000 });
    expect(await outcomeOf('mtn', receipt)).toBe('posted');
    expect(await paidOf(customer, id)).toBe(before.amount + 3_000);
    expect(await casesOf('forged_announcement', receipt)).toMatchObject([{ status: 'closed' }]);
  });

  it('is asked about again when an agent says so', async () => {
    const customer = await newCustomer(platform);
    const { id, reference, paid: before } = await leaseIn('active', customer, staff);
    const receipt = await paid('mtn', customer, reference, 2_000);
    await announce('mtn', { receipt, account: reference, amount: 2_000, paidAt: daysAgo(9) });
    await refuted('mtn', receipt);
    const { data } = await staff.agent.get('/v1/suspense', { query: { status: 'refuted', limit: 100 } });
    const row = data.find(({ providerReference }) => providerReference === receipt);
    const ask = (paidOn: string) =>
      staff.agent.post('/v1/suspense/{id}/ask', { path: { id: row?.id ?? '' }, body: { paidOn } });
    expect(await ask(localDateAt(Date.now(), 'UG'))).toMatchObject({ providerReference: receipt });
    await leaseThat(customer.client, id, 'credited', (lease) => lease.paid.amount === before.amount + 2_000);
    await expect(ask(localDateAt(Date.now(), 'UG'))).rejects.toMatchObject({ status: 409 });
  });

  it('is credited as the provider says, and an announcement that differs is a case', async () => {
    const customer = await newCustomer(platform);
    const { id, reference, paid: before } = await leaseIn('active', customer, staff);
    const receipt = await paid('mtn', customer, reference, 4_000);
    await announce('mtn', { receipt, account: reference, amount: 400_000 });
    expect(await outcomeOf('mtn', receipt)).toBe('posted');
    expect(await paidOf(customer, id)).toBe(before.amount + 4_000);
    const [differing] = await casesOf('differing_amount', receipt);
    expect(differing?.detail).toMatchObject({
      claimedAmount: { amount: 400_000, currency: 'UGX' },
      confirmedAmount: { amount: 4_000, currency: 'UGX' },
    });
  });
});

it('what is announced while no worker runs is credited when one is back', async () => {
  const customer = await newCustomer(platform);
  const { id, reference, paid: before } = await leaseIn('active', customer, staff);
  await platform.withoutWorkers(async () => {
    const receipts = [await paid('mtn', customer, reference, 1_000), await paid('mtn', customer, 'NOBODY KNOWN', 700)];
    for (const receipt of [...receipts, ...receipts])
      await announce('mtn', { receipt, account: reference, amount: 1_000 });
    expect(await paidOf(customer, id)).toBe(before.amount);
  });
  await leaseThat(customer.client, id, 'credited', (lease) => lease.paid.amount === before.amount + 1_000);
  const suspended = await eventually('the other in suspense', async () => {
    const { data } = await staff.agent.get('/v1/suspense', { query: { limit: 100 } });
    return data.some(({ account }) => account === 'NOBODY KNOWN') ? data : undefined;
  });
  expect(suspended.filter(({ account }) => account === 'NOBODY KNOWN')).toHaveLength(1);
});

it('what was announced is credited although its workflow was terminated, by a sweep', async () => {
  const { temporal, config, database, deps } = platform;
  const customer = await newCustomer(platform);
  const { id, reference, paid: before } = await leaseIn('active', customer, staff);
  const where = `new.lease_id = '${id}' and new.kind = 'inbound'`;
  const refusing = await refuseWrites(database, 'payments.attempts', { state: '40001', where });
  const receipt = await paid('mtn', customer, reference, 1_000);
  await announce('mtn', { receipt, account: reference, amount: 1_000 });
  const handle = temporal.workflow.getHandle(`${config.TASK_QUEUE_PREFIX}inbound-mtn-UG-${receipt}`);
  await eventually('it to be given to its lease', async () => {
    const [giving] = (await handle.describe()).raw.pendingActivities ?? [];
    return giving?.activityType?.name === 'giveToLease' ? true : undefined;
  });
  // What a worker has in hand then would be given to the lease after all.
  await platform.withoutWorkers(async () => {
    await handle.terminate('by an operator');
    await refusing.mend();
  });
  await runSweeps(deps, () => {});
  expect(await paidOf(customer, id)).toBe(before.amount);
  const longAgo = new Date(Date.now() - 21 * MINUTE);
  await deps.db.update(inbound).set({ receivedAt: longAgo }).where(eq(inbound.receipt, receipt));
  await runSweeps(deps, () => {});
  await leaseThat(customer.client, id, 'credited', (lease) => lease.paid.amount === before.amount + 1_000);
});

it('what is on its way to a lease when the workers stop arrives once, and does not keep them from stopping', async () => {
  const customer = await newCustomer(platform);
  const { id, reference, paid: before } = await leaseIn('active', customer, staff);
  const moments = [40, 90];
  for (const moment of moments) {
    const receipt = await paid('mtn', customer, reference, 1_000);
    await announce('mtn', { receipt, account: reference, amount: 1_000 });
    await new Promise((resolve) => setTimeout(resolve, moment));
    await platform.withoutWorkers(() => Promise.resolve());
  }
  const wanted = before.amount + 1_000 * moments.length;
  // A try that a worker took along is given up after half a minute, and there may be one of each moment.
  await leaseThat(customer.client, id, 'credited', (lease) => lease.paid.amount >= wanted, 140_000);
  expect(await paidOf(customer, id)).toBe(wanted);
});
