import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { giveBacks, inbound, unreadCallbacks } from '#db/schema/index';
import { resumeGiveBacks } from '#use-cases/payments/suspense/give-back/resume-give-backs';
import { sendGiveBack } from '#use-cases/payments/suspense/give-back/send-give-back';
import { localDateAt } from '#domain/calendar';
import { fastForward } from '#platform/temporal/fast-forward';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import type { Suspense } from '#dev/api-types';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
let world: SimulatorClient;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  world = new SimulatorClient(platform.simulators);
});
afterAll(() => platform.close());
const listed = async (status: Suspense['status'] = 'suspense') =>
  (await staff.agent.get('/v1/suspense', { query: { status, limit: 100 } })).data;
const inSuspense = (account: string) =>
  eventually(`${account} in suspense`, async () => (await listed()).find((one) => one.account === account));
const payBill = (payer: string, account: string, amount: number) =>
  world.post('/pay-bill', { body: { provider: 'mtn', payer, account, amount, currency: 'UGX' } });
const resolve = (id: string, leaseId: string, key: string = randomUUID()) =>
  staff.agent.post('/v1/suspense/{id}/resolve', { path: { id }, body: { leaseId }, key });

async function balanceOf(account: string): Promise<number> {
  const { accounts } = await staff.admin.get('/v1/ledger/trial-balance');
  return accounts.find(({ name }) => name === account)?.balance ?? 0;
}

async function activeLease() {
  const customer = await newCustomer(platform);
  const lease = await leaseIn('active', customer, staff);
  const paid = async () => (await customer.client.get('/v1/leases/{id}', { path: { id: lease.id } })).paid.amount;
  return { customer, lease, paid, before: lease.paid.amount };
}

describe('money in suspense', () => {
  it('that went to the wrong lease is reversed, listed again, and resolved again as a payment of its own', async () => {
    const [wrong, right] = await Promise.all([activeLease(), activeLease()]);
    const account = `NOBODY-${randomUUID().slice(0, 8)}`;
    const suspended = await balanceOf('suspense:mtn');
    await payBill('+256772000100', account, 9_000);
    const { id } = await inSuspense(account);
    for (const round of [1, 2]) {
      const given = await resolve(id, wrong.lease.id);
      expect(given).toMatchObject({ status: 'posted', leaseId: wrong.lease.id });
      expect(await wrong.paid(), `round ${round}`).toBe(wrong.before + 9_000);
      await expect(resolve(id, right.lease.id)).rejects.toMatchObject({ status: 409 });
      const reason = 'the wrong lease';
      await staff.admin.post('/v1/payments/{id}/reverse', { path: { id: given.paymentId ?? '' }, body: { reason } });
      expect(await wrong.paid()).toBe(wrong.before);
      expect(await inSuspense(account)).toMatchObject({ id, status: 'suspense', leaseId: null, paymentId: null });
    }
    const given = await resolve(id, right.lease.id);
    expect(await right.paid()).toBe(right.before + 9_000);
    expect(await wrong.paid()).toBe(wrong.before);
    expect(given).toMatchObject({ status: 'posted', leaseId: right.lease.id });
    const { data } = await staff.agent.get('/v1/payments', { query: { leaseId: wrong.lease.id, kind: 'inbound' } });
    expect(data.map(({ status }) => status)).toEqual(['reversed', 'reversed']);
    expect(data.map((one) => one.id)).not.toContain(given.paymentId);
    expect(await balanceOf('suspense:mtn')).toBe(suspended);
    await expect(resolve(id, right.lease.id)).rejects.toMatchObject({ status: 409 });
  });

  it('is two items: one key for both resolves both', async () => {
    const { lease, paid, before } = await activeLease();
    const names = [1, 2].map(() => `NOBODY-${randomUUID().slice(0, 8)}`);
    for (const [i, account] of names.entries()) await payBill('+256772000100', account, 1_000 * (i + 1));
    const key = randomUUID();
    for (const account of names) {
      const { id } = await inSuspense(account);
      expect(await resolve(id, lease.id, key)).toMatchObject({ status: 'posted' });
    }
    expect(await paid()).toBe(before + 3_000);
  });
});

describe('a phone that pays with no reference', () => {
  const addsPhoneOf = (one: Customer, other: Customer) =>
    one.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone: other.phone } });
  const paysNothingTyped = async (payer: Customer, amount: number) => {
    const { id } = await payBill(payer.phone, ' . ', amount);
    return eventually('it to be placed', async () =>
      [...(await listed()), ...(await listed('posted'))].find(({ providerReference }) => providerReference === id),
    );
  };

  it('is the customer’s where he logs in by it or has paid by it, and nobody else’s because he wrote it down', async () => {
    const { customer, lease, before, paid } = await activeLease();
    const other = await newCustomer(platform);
    const { id: paymentMethodId } = await addsPhoneOf(customer, other);
    expect(await paysNothingTyped(other, 1_100)).toMatchObject({
      status: 'suspense',
      suggestions: [{ leaseId: lease.id, why: 'the phone is one of the customer’s payment methods' }],
    });
    const body = { amount: { amount: 1_000, currency: 'UGX' }, paymentMethodId } as const;
    await customer.client.post('/v1/leases/{id}/pay', { path: { id: lease.id }, body });
    await eventually('the prompt to be paid', async () => (await paid()) === before + 1_000 || undefined);
    expect(await paysNothingTyped(other, 1_200)).toMatchObject({ status: 'posted', leaseId: lease.id });
    const own = await leaseIn('active', other, staff);
    expect(await paysNothingTyped(other, 1_300)).toMatchObject({ status: 'posted', leaseId: own.id });
  });

  it('is nobody’s once the customer has another number, and a case asks about it', async () => {
    const { customer } = await activeLease();
    const phone = customer.phone.replace('+25677', '+25678');
    await staff.admin.patch('/v1/users/{id}', { path: { id: customer.id }, body: { phone } });
    expect(await paysNothingTyped(customer, 1_400)).toMatchObject({ status: 'suspense', suggestions: [] });
    const { data } = await staff.agent.get('/v1/cases', { query: { kind: 'number_given_up', limit: 100 } });
    const paymentMethodIds = [customer.paymentMethodId];
    expect(data).toMatchObject([{ status: 'open', detail: { userId: customer.id, paymentMethodIds } }]);
  });

  it('and a phone or a plate that was typed suggest whose it is', async () => {
    const { customer, lease } = await activeLease();
    const vehicle = await staff.agent.get('/v1/vehicles/{id}', { path: { id: lease.vehicleId } });
    for (const typed of [`0${customer.phone.slice(4)}`, customer.phone, vehicle.registration?.toLowerCase() ?? '']) {
      await payBill('+256772000100', typed, 1_500);
      expect(
        (await inSuspense(typed)).suggestions.map(({ leaseId }) => leaseId),
        typed,
      ).toContain(lease.id);
    }
  });
});

describe('a payment by himself', () => {
  const announce = async (currency: string, receipt: string, account: string) => {
    const notice = {
      type: 'PAYBILL',
      status: 'SUCCESSFUL',
      financialTransactionId: receipt,
      externalId: account,
      amount: '5000',
      currency,
      payer: { partyIdType: 'MSISDN', partyId: '256772000100' },
      paidAt: new Date().toISOString(),
    };
    const path = platform.url + inboundPath(platform.encryption, 'mtn');
    return (await fetch(path, { method: 'POST', body: JSON.stringify(notice) })).status;
  };

  it('is one of its market: another market numbers its receipts by itself', async () => {
    const { lease, paid, before } = await activeLease();
    const { id: receipt } = await payBill('+256772000100', lease.reference, 5_000);
    await eventually('the credit', async () => (await paid()) === before + 5_000 || undefined);
    expect(await announce('RWF', receipt, 'KIGALI')).toBe(200);
    const posted = (await listed('posted')).filter(({ providerReference }) => providerReference === receipt);
    const asked = (await listed('announced')).filter(({ providerReference }) => providerReference === receipt);
    expect(posted).toMatchObject([{ amount: { amount: 5_000, currency: 'UGX' } }]);
    expect(asked).toMatchObject([{ amount: { amount: 5_000, currency: 'RWF' } }]);
    const prefix = platform.config.TASK_QUEUE_PREFIX;
    await platform.temporal.workflow.getHandle(`${prefix}inbound-mtn-RW-${receipt}`).describe();
  });

  it('in a currency that the provider does not serve is no announcement, and waits in the list of dead letters', async () => {
    const letters = () => platform.database.db.$count(unreadCallbacks);
    const before = await letters();
    expect(await announce('KES', '23503452', 'NAIROBI')).toBe(200);
    expect(await announce('UGX', 'R'.repeat(500), 'NOBODY')).toBe(200);
    expect(await letters()).toBe(before + 2);
  });

  it('with its receipt written in small letters and spaces is the same payment', async () => {
    const receipt = `AB${Date.now()}`;
    const spelt = ` ${receipt.toLowerCase().slice(0, 4)} ${receipt.slice(4)} `;
    expect(await announce('UGX', receipt, 'NOBODY')).toBe(200);
    expect(await announce('UGX', spelt, 'NOBODY')).toBe(200);
    const asked = (await listed('announced')).filter(({ providerReference }) => providerReference === receipt);
    expect(asked).toHaveLength(1);
  });

  it('is announced although the phone or the account is null: one of them is enough', async () => {
    const path = platform.url + inboundPath(platform.encryption, 'mpesa');
    for (const [i, missing] of ['MSISDN', 'BillRefNumber'].entries()) {
      const receipt = `N${Date.now()}${i}`;
      const TransTime = new Date(Date.now() + 3 * 3_600_000).toISOString().replaceAll(/\D/g, '').slice(0, 14);
      const notice = { TransID: receipt, TransTime, TransAmount: '10.00', BusinessShortCode: '174379' };
      const body = JSON.stringify({ ...notice, MSISDN: '254712000100', BillRefNumber: 'NOBODY', [missing]: null });
      expect((await fetch(path, { method: 'POST', body })).status, missing).toBe(200);
      expect((await listed('announced')).map(({ providerReference }) => providerReference)).toContain(receipt);
    }
  });

  it('of which nothing but the phone is told belongs to the only lease of that phone', async () => {
    const { customer, lease, before } = await activeLease();
    await payBill(customer.phone, ' - ', 7_000);
    await leaseThat(customer.client, lease.id, 'credited', (after) => after.paid.amount === before + 7_000);
  });
});

describe('money in suspense that goes back to whoever paid it', () => {
  const reason = 'typed by mistake';
  const giveBack = (id: string, by = staff.agent, key: string = randomUUID()) =>
    by.post('/v1/suspense/{id}/give-back', { path: { id }, body: { reason }, key });
  const itemOf = async (id: string) => {
    for (const status of ['suspense', 'returning', 'returned', 'posted'] as const) {
      const found = (await listed(status)).find((one) => one.id === id);
      if (found !== undefined) return found;
    }
    // It changed while it was looked for.
    return undefined;
  };
  const becomes = (id: string, status: Suspense['status']) =>
    eventually(`it to be ${status}`, async () => {
      const one = await itemOf(id);
      return one?.status === status ? one : undefined;
    });
  const reconciled = (provider: 'mtn' | 'mpesa', market: 'UG' | 'KE') =>
    staff.admin.post('/v1/reconciliations', { body: { provider, market, date: localDateAt(Date.now(), market) } });
  const openCases = async (id: string, kind: string) =>
    (await staff.agent.get('/v1/cases', { query: { paymentId: id, kind, status: 'open' } })).data;
  /** Pays by M-Pesa, typing what names nobody. */
  async function paidInKenya() {
    const account = `NOBODY-${randomUUID().slice(0, 8)}`;
    const payer = { provider: 'mpesa', payer: '+254712000100', currency: 'KES' } as const;
    await world.post('/pay-bill', { body: { ...payer, account, amount: 730_000 } });
    return inSuspense(account);
  }
  const deps = () => ({ ...platform.deps, db: platform.database.db });

  it('is sent once, however often it is asked for, and meanwhile no lease gets it', async () => {
    const { lease } = await activeLease();
    const account = `NOBODY-${randomUUID().slice(0, 8)}`;
    const before = await Promise.all(['suspense:mtn', 'clearing:mtn'].map(balanceOf));
    const { id: receipt } = await payBill('+256772000100', account, 9_000);
    const { id } = await inSuspense(account);
    const key = randomUUID();
    const back = await platform.withoutWorkers(async () => {
      await Promise.any([giveBack(id, staff.agent, key), giveBack(id, staff.agent, key)]);
      expect(await itemOf(id)).toMatchObject({ status: 'returning', giveBack: { status: 'pending', settledAt: null } });
      await expect(resolve(id, lease.id)).rejects.toMatchObject({ status: 409, code: 'conflict' });
      await expect(giveBack(id)).rejects.toMatchObject({ status: 409, code: 'conflict' });
      const giveBackId = (await itemOf(id))?.giveBack?.id ?? '';
      await Promise.all([1, 2, 3].map(() => sendGiveBack(deps(), { giveBackId })));
      await platform.temporal.workflow
        .getHandle(`${platform.config.TASK_QUEUE_PREFIX}give-back-${giveBackId}`)
        .terminate();
      const createdAt = new Date(Date.now() - 120_000);
      await platform.database.db.update(giveBacks).set({ createdAt }).where(eq(giveBacks.id, giveBackId));
      return giveBackId;
    });
    // Its workflow was ended by somebody: it goes on.
    await resumeGiveBacks(deps());
    expect(await becomes(id, 'returned')).toMatchObject({ giveBack: { id: back, status: 'succeeded' }, leaseId: null });
    const { data } = await world.get('/transactions', { query: { payer: '+256772000100' } });
    expect(data.find((one) => one.id === receipt)).toMatchObject({ refunded: 9_000 });
    expect(await Promise.all(['suspense:mtn', 'clearing:mtn'].map(balanceOf))).toEqual(before);
    await expect(resolve(id, lease.id)).rejects.toMatchObject({ status: 409 });
    await expect(giveBack(id)).rejects.toMatchObject({ status: 409 });
    expect(await reconciled('mtn', 'UG')).toMatchObject({ status: 'balanced', differences: [] });
  });

  it('is for an admin above a sum', async () => {
    const account = `NOBODY-${randomUUID().slice(0, 8)}`;
    await payBill('+256772000100', account, 500_001);
    const { id } = await inSuspense(account);
    await expect(giveBack(id)).rejects.toMatchObject({ status: 403 });
    await giveBack(id, staff.admin);
    await becomes(id, 'returned');
  });

  it('and of which nobody can tell is a case, decided by an admin or found on the statement', async () => {
    const { id } = await paidInKenya();
    const lost = async () => {
      const giveBackId = await platform.withoutWorkers(async () => {
        const { giveBack: begun } = await giveBack(id);
        const sent = { sent: true, sentAt: new Date() };
        // Its worker dies between writing down that it is sent and sending it.
        await platform.database.db
          .update(giveBacks)
          .set(sent)
          .where(eq(giveBacks.id, begun?.id ?? ''));
        return begun?.id ?? '';
      });
      await fastForward(platform.temporal, `${platform.config.TASK_QUEUE_PREFIX}give-back-${giveBackId}`, 11 * 60_000);
      await eventually('the case', async () => (await openCases(id, 'unknown_outcome'))[0]);
      return giveBackId;
    };
    await lost();
    expect(await itemOf(id)).toMatchObject({ status: 'returning', giveBack: { status: 'unknown' } });
    const body = { outcome: 'failed', reason: 'on no statement' } as const;
    await staff.admin.post('/v1/suspense/{id}/decide-give-back', { path: { id }, body });
    expect(await itemOf(id)).toMatchObject({ status: 'suspense', giveBack: { status: 'failed' } });
    expect(await openCases(id, 'unknown_outcome')).toEqual([]);
    expect(await openCases(id, 'give_back_failed')).toHaveLength(1);

    const giveBackId = await lost();
    expect(await openCases(id, 'give_back_failed')).toEqual([]);
    const item = (await platform.database.db.select().from(inbound).where(eq(inbound.id, id)))[0];
    if (item === undefined) throw new Error('no item');
    // It had got through after all: nobody heard the answer.
    const amount = { amount: item.amount, currency: 'KES' } as const;
    const callbackUrl = 'http://127.0.0.1:9/nobody';
    const charged = { attemptId: id, receipt: item.receipt, charged: amount, of: 'payBill', payer: null } as const;
    const provider = platform.deps.mobileMoney.get('mpesa');
    await provider.refund({ ...charged, refundId: randomUUID(), amount, market: 'KE', callbackUrl });
    await eventually('the statement', async () => (await reconciled('mpesa', 'KE')).differences[0]);
    expect(await becomes(id, 'returned')).toMatchObject({ giveBack: { id: giveBackId, status: 'succeeded' } });
    expect(await openCases(id, 'unknown_outcome')).toEqual([]);
    expect(await reconciled('mpesa', 'KE')).toMatchObject({ status: 'balanced', differences: [] });
  });

  it('and that its provider refuses waits again, with a case, and is resolved or tried again', async () => {
    const { id } = await paidInKenya();
    const item = (await platform.database.db.select().from(inbound).where(eq(inbound.id, id)))[0];
    // Of a receipt that M-Pesa has never heard of.
    await platform.database.db
      .update(inbound)
      .set({ receipt: `N${randomUUID().slice(0, 8).toUpperCase()}` })
      .where(eq(inbound.id, id));
    await giveBack(id);
    expect(await becomes(id, 'suspense')).toMatchObject({ giveBack: { status: 'failed' } });
    expect(await openCases(id, 'give_back_failed')).toMatchObject([{ detail: { amount: { amount: 730_000 } } }]);
    await platform.database.db
      .update(inbound)
      .set({ receipt: item?.receipt ?? '' })
      .where(eq(inbound.id, id));
    await giveBack(id);
    await becomes(id, 'returned');
    expect(await openCases(id, 'give_back_failed')).toEqual([]);
  });
});
