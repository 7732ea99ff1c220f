import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notifications, sessions, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import type { Lease } from '#dev/api-types';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { system } from '#domain/identity/roles';
import type { Message } from '#domain/notifications/messages';
import { call } from '#test/api-world';
import { logIn } from '#test/log-in';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refusal } from '#test/refusal';
import { openCase } from '#use-cases/cases/open-case';
import { transact } from '#use-cases/context';
import { lapseTransfers } from '#use-cases/parties/end-transfer';
import { proposeTransfer } from '#use-cases/parties/propose-transfer';

let platform: TestPlatform;
let staff: Cast;
/** Another admin than the sample one. */
let second: Cast['admin'];
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  const { id } = await staff.admin.post('/v1/users', {
    body: { role: 'admin', name: 'Second', email: 'second@example.com', password: 'rent-to-own-2' },
  });
  const [user] = await platform.deps.db.select().from(users).where(eq(users.id, id));
  if (user === undefined) throw new Error('there is no second admin');
  second = staff.admin.as((await logIn(platform.deps, user)).token);
});
afterAll(() => platform.close());

const path = ({ id }: { readonly id: string }) => ({ path: { id } });
/** Whether he was told, or will be in the morning. */
const isTold = async ({ id }: Customer, template: Message['template']) => {
  const isIt = and(eq(notifications.userId, id), eq(notifications.template, template));
  return (await platform.deps.db.$count(notifications, isIt)) > 0 || undefined;
};

async function begun(): Promise<{ owner: Customer; heir: Customer; lease: Lease }> {
  const [owner, heir] = [await newCustomer(platform), await newCustomer(platform)];
  const { id } = await leaseIn('active', owner, staff);
  return { owner, heir, lease: await owner.client.get('/v1/leases/{id}', path({ id })) };
}
const propose = (by: Customer | Cast['agent'], lease: Lease, to: Customer) =>
  ('client' in by ? by.client : by).post('/v1/leases/{id}/transfers', { ...path(lease), body: { phone: to.phone } });
const accept = (by: Customer, transfer: { readonly id: string }) =>
  by.client.post('/v1/transfers/{id}/accept', {
    ...path(transfer),
    body: { name: by.name, paymentMethodId: by.paymentMethodId },
  });
/** Somebody whose login is older than a quarter of an hour. */
const growsOld = ({ id }: Customer) =>
  platform.deps.db
    .update(sessions)
    .set({ createdAt: new Date(Date.now() - 3_600_000) })
    .where(eq(sessions.userId, id));

describe('a lease that is made over', () => {
  it('is the other person’s with one confirmation, and nothing of the one before reaches it any more', async () => {
    const { owner, heir, lease } = await begun();
    await owner.client.post('/v1/leases/{id}/collection', {
      ...path(lease),
      body: { paymentMethodIds: [owner.paymentMethodId], quietHours: { from: 12, until: 14 } },
    });
    const proposed = await propose(owner, lease, heir);
    expect(proposed).toMatchObject({ status: 'proposed', part: 'from', isAgreed: true, toCustomerId: null });
    expect(proposed).toMatchObject({ paid: lease.paid, outstanding: lease.outstanding });
    await eventually('the text to the other person', () => isTold(heir, 'transfer_asked'));
    const offered = await heir.client.get('/v1/transfers/{id}', path(proposed));
    expect(offered).toMatchObject({ part: 'to', fromCustomerId: null, instalment: lease.instalment });
    expect(await heir.client.get('/v1/transfers')).toMatchObject({ data: [{ id: proposed.id }] });
    const stranger = await newCustomer(platform);
    expect(await refusal(stranger.client.get('/v1/transfers/{id}', path(proposed)))).toEqual([404, 'not_found']);
    expect(await refusal(accept(stranger, proposed))).toEqual([404, 'not_found']);
    expect(await refusal(accept(owner, proposed))).toEqual([403, 'forbidden']);

    const before = await staff.admin.get('/v1/ledger/trial-balance');
    const accepted = await accept(heir, proposed);
    expect(accepted).toMatchObject({ status: 'accepted', credit: 'approved' });
    // Nothing has changed yet, and of the other’s credit its customer learns nothing.
    expect(await owner.client.get('/v1/leases/{id}', path(lease))).toMatchObject({ customerId: owner.id });
    expect(await owner.client.get('/v1/transfers/{id}', path(proposed))).toMatchObject({
      credit: null,
      creditReasons: [],
    });
    const { data: waiting } = await staff.agent.get('/v1/cases', { query: { leaseId: lease.id } });
    expect(waiting).toMatchObject([{ kind: 'transfer_to_confirm', status: 'open' }]);
    const confirm = (by: Cast['admin']) => by.post('/v1/transfers/{id}/confirm', { ...path(proposed), body: {} });
    expect(await refusal(confirm(staff.agent))).toEqual([403, 'forbidden']);
    const done = await confirm(staff.admin);
    expect(done).toMatchObject({ status: 'completed', paid: lease.paid, outstanding: lease.outstanding });

    const taken = await heir.client.get('/v1/leases/{id}', path(lease));
    expect(taken).toMatchObject({ customerId: heir.id, paymentMethodId: heir.paymentMethodId, quietHours: null });
    expect(taken).toMatchObject({ paid: lease.paid, totalPrice: lease.totalPrice, nextDue: lease.nextDue });
    const after = await staff.admin.get('/v1/ledger/trial-balance');
    expect(after.currencies).toEqual(before.currencies);
    for (const of of [
      'get /v1/leases/{id}',
      'get /v1/leases/{id}/timeline',
      'get /v1/leases/{id}/statement',
      'post /v1/leases/{id}/pay',
      'post /v1/leases/{id}/return',
    ]) {
      const [method = '', address = ''] = of.split(' ');
      const answer = await call(platform.url, method.toUpperCase(), address.replace('{id}', lease.id), {
        token: owner.token,
        key: 'again',
        body: method === 'post' ? {} : undefined,
      });
      expect([of, answer.status]).toEqual([of, 404]);
    }
    // What each has paid is his to see, and no number of the other.
    expect((await owner.client.get('/v1/payments')).data.length).toBeGreaterThan(0);
    expect((await heir.client.get('/v1/payments', { query: { leaseId: lease.id } })).data).toEqual([]);
    const { data: seen } = await heir.client.get('/v1/leases/{id}/timeline', path(lease));
    expect(seen.map(({ type }) => type)).toEqual(['lease.transferred', 'transfer.completed', 'case.closed']);
    expect((await staff.agent.get('/v1/cases', { query: { leaseId: lease.id, status: 'open' } })).data).toEqual([]);
    await eventually('that it is told to who had it', () => isTold(owner, 'transferred'));
    await eventually('that it is told to who has it', () => isTold(heir, 'taken_over'));
    expect(await owner.client.get('/v1/me/export')).toMatchObject({
      tenures: [{ leaseId: lease.id, paid: lease.paid.amount, outstanding: lease.outstanding.amount }],
      transfers: [{ id: proposed.id, status: 'completed' }],
      leases: [],
    });
    // The next instalment is asked of the other person, and of nobody else.
    const world = new SimulatorClient(platform.simulators);
    const chargesOf = async ({ phone }: Customer) =>
      (await world.get('/transactions', { query: { payer: phone } })).data.length;
    const ofOwner = await chargesOf(owner);
    await hoursLater(platform, lease.id, 8 * 24);
    await leaseThat(heir.client, lease.id, 'paid once', ({ instalmentsPaid }) => instalmentsPaid > 0);
    expect([await chargesOf(owner), await chargesOf(heir)]).toEqual([ofOwner, 1]);
    // Nothing keeps whoever let it go.
    await owner.client.delete('/v1/me');
    const told = await staff.admin.get('/v1/leases/{id}/timeline', path(lease));
    expect(told.data.length).toBeGreaterThan(5);
  });

  it('asks its customer where an agent proposes it, and another admin where one did', async () => {
    const { owner, heir, lease } = await begun();
    const proposed = await propose(staff.admin, lease, heir);
    expect(proposed).toMatchObject({ part: 'staff', isAgreed: false });
    expect(await refusal(accept(heir, proposed))).toEqual([404, 'not_found']);
    await growsOld(owner);
    const agree = (body: { code?: string }) =>
      owner.client.post('/v1/transfers/{id}/agree', { ...path(proposed), body });
    expect(await refusal(agree({}))).toEqual([403, 'second_factor_required']);
    await platform.deps.db.update(sessions).set({ createdAt: new Date() }).where(eq(sessions.userId, owner.id));
    expect(await agree({})).toMatchObject({ isAgreed: true });
    expect(await refusal(agree({}))).toEqual([409, 'invalid_state']);
    await accept(heir, proposed);
    const confirm = (by: Cast['admin']) => by.post('/v1/transfers/{id}/confirm', { ...path(proposed), body: {} });
    expect(await refusal(confirm(staff.admin))).toEqual([403, 'same_person']);
    expect(await confirm(second)).toMatchObject({ status: 'completed' });
  });
});

describe('a transfer that comes to nothing', () => {
  it.each(['refused', 'withdrawn', 'rejected', 'lapsed'] as const)('leaves the lease as it was: %s', async (as) => {
    const { owner, heir, lease } = await begun();
    const proposed = await propose(owner, lease, heir);
    await accept(heir, proposed);
    const end = (by: Cast['admin']) => by.post('/v1/transfers/{id}/end', { ...path(proposed), body: { reason: 'no' } });
    if (as === 'refused') await end(heir.client);
    if (as === 'withdrawn') await end(owner.client);
    if (as === 'rejected') await end(staff.admin);
    if (as === 'lapsed') await lapseTransfers(platform.deps.db, new Date(Date.now() + 8 * 86_400_000), () => {});
    expect(await staff.admin.get('/v1/transfers/{id}', path(proposed))).toMatchObject({ status: as, paid: null });
    const { asOf: _now, ...left } = await owner.client.get('/v1/leases/{id}', path(lease));
    const { asOf: _then, ...was } = lease;
    expect(left).toEqual(was);
    const confirmed = staff.admin.post('/v1/transfers/{id}/confirm', { ...path(proposed), body: {} });
    expect(await refusal(confirmed)).toEqual([409, 'invalid_state']);
    expect((await staff.agent.get('/v1/cases', { query: { leaseId: lease.id, status: 'open' } })).data).toEqual([]);
    await eventually('that its customer is told', () => isTold(owner, 'transfer_ended'));
    // A phone that has lost the answer to its proposal asks again by the same key.
    const { db, encryption } = platform.deps;
    const proposal = { transferId: proposed.id, leaseId: lease.id, phone: heir.phone };
    const again = transact(db, { role: 'customer', id: owner.id }, new Date(), (context) =>
      proposeTransfer(context, encryption, proposal),
    );
    expect(await again).toMatchObject({ id: proposed.id, status: as });
  });

  it('is refused where the lease, or whoever takes it over, is not in order', async () => {
    const { owner, heir, lease } = await begun();
    const unknown = await newCustomer(platform, { verified: false });
    const kenyan = await newCustomer(platform, { provider: 'mpesa' });
    expect(await refusal(propose(owner, lease, owner))).toEqual([422, 'unprocessable', 'phone']);
    expect(await refusal(propose(owner, lease, kenyan))).toEqual([422, 'unprocessable', 'phone']);
    expect(await refusal(propose(heir, lease, owner))).toEqual([404, 'not_found']);
    await growsOld(owner);
    expect(await refusal(propose(owner, lease, heir))).toEqual([403, 'second_factor_required']);
    await platform.deps.db.update(sessions).set({ createdAt: new Date() }).where(eq(sessions.userId, owner.id));

    const toUnknown = await propose(owner, lease, unknown);
    expect(await refusal(propose(owner, lease, heir))).toEqual([409, 'transfer_under_way']);
    expect(await refusal(accept(unknown, toUnknown))).toEqual([409, 'transfer_refused']);
    await owner.client.post('/v1/transfers/{id}/end', { ...path(toUnknown), body: {} });
    const toHeir = await propose(owner, lease, heir);
    const stolen = heir.client.post('/v1/transfers/{id}/accept', {
      ...path(toHeir),
      body: { name: 'H', paymentMethodId: owner.paymentMethodId },
    });
    expect(await refusal(stolen)).toEqual([422, 'unprocessable', 'paymentMethodId']);
    const [paid] = (await staff.agent.get('/v1/payments', { query: { leaseId: lease.id } })).data;
    const gone = { kind: 'receipt_taken', leaseId: null, paymentId: paid?.id ?? '', detail: {} } as const;
    await transact(platform.deps.db, system('test'), new Date(), (context) => openCase(context, gone));
    expect(await refusal(accept(heir, toHeir))).toEqual([409, 'transfer_refused']);
    for (const one of (await staff.agent.get('/v1/cases', { query: { kind: 'receipt_taken', status: 'open' } })).data)
      await staff.agent.post('/v1/cases/{id}/close', { ...path(one), body: { resolution: 'seen' } });
    const opened = { kind: 'visit_customer', leaseId: lease.id, paymentId: null, detail: {} } as const;
    await transact(platform.deps.db, system('test'), new Date(), (context) => openCase(context, opened));
    expect(await refusal(accept(heir, toHeir))).toEqual([409, 'transfer_refused']);
    const { data } = await staff.agent.get('/v1/cases', { query: { leaseId: lease.id, status: 'open' } });
    for (const one of data)
      await staff.agent.post('/v1/cases/{id}/close', { ...path(one), body: { resolution: 'seen' } });
    // What the house has to do itself holds up no customer.
    for (const kind of ['collateral_overdue', 'days_not_credited', 'notice_undelivered', 'text_in_doubt'] as const)
      await transact(platform.deps.db, system('test'), new Date(), (context) =>
        openCase(context, { kind, leaseId: lease.id, paymentId: null, detail: {} }),
      );
    await accept(heir, toHeir);
    // What was true when he accepted is looked at again when it is confirmed.
    await owner.client.post('/v1/leases/{id}/pause', { ...path(lease), body: { kind: 'holiday', days: 2 } });
    const confirmed = staff.admin.post('/v1/transfers/{id}/confirm', { ...path(toHeir), body: {} });
    expect(await refusal(confirmed)).toEqual([409, 'transfer_refused']);
    expect(await owner.client.get('/v1/leases/{id}', path(lease))).toMatchObject({ customerId: owner.id });
  });
});
