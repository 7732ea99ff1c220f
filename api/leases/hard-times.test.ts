import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leases, notifications, sessions } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { daysBetween, localDate, localHourAt } from '#domain/calendar';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refusal } from '#test/refusal';
import { tellCustomer } from '#use-cases/support/tell-customer';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const path = ({ id }: { readonly id: string }) => ({ path: { id } });
const leaseOf = ({ client }: Customer, lease: { readonly id: string }) => client.get('/v1/leases/{id}', path(lease));
const chargesOf = async ({ phone }: Customer) =>
  (await new SimulatorClient(platform.simulators).get('/transactions', { query: { payer: phone } })).data.length;
const textsTo = async ({ phone }: Customer) =>
  (await new SimulatorClient(platform.simulators).get('/sms', { query: { to: phone } })).data.map(({ body }) => body);
const openCases = async (lease: { readonly id: string }) =>
  (await staff.agent.get('/v1/cases', { query: { leaseId: lease.id, status: 'open' } })).data.map(({ kind }) => kind);

/** What waits for the morning is sent, whenever the test runs. */
const untilNoon = (lease: { readonly id: string }) =>
  hoursLater(platform, lease.id, (12 - localHourAt(Date.now(), 'UG') + 24) % 24);

describe('a customer who is said to have died', () => {
  it('is charged and told nothing, of no lease, until it is proven, and an heir goes on', async () => {
    const [owner, heir] = [await newCustomer(platform), await newCustomer(platform)];
    const lease = await leaseIn('active', owner, staff);
    const other = await leaseIn('active', owner, staff);
    const report = (by: Cast['agent'], body: object) =>
      by.post('/v1/leases/{id}/report-death', { ...path(lease), body });
    expect(await refusal(report(staff.agent, {}))).toEqual([400, 'invalid_input', 'note']);
    expect(await refusal(report(heir.client, { note: 'x' }))).toEqual([404, 'not_found']);
    expect(
      await refusal(staff.agent.post('/v1/leases/{id}/confirm-death', { ...path(lease), body: { document: 'D' } })),
    ).toEqual([409, 'no_death_reported']);
    const still = await report(staff.agent, { note: 'his brother rang' });
    expect(still).toMatchObject({ status: 'paused', totalPrice: lease.totalPrice });
    await leaseThat(owner.client, other.id, 'still as well', ({ status }) => status === 'paused');
    const charged = await chargesOf(owner);
    expect(await openCases(lease)).toEqual(['death_to_confirm']);
    // A text that is about to go out is held back, and his phone ends nothing.
    const message = { template: 'paused', until: '2027-01-01' } as const;
    await tellCustomer(platform.deps, { key: `after-${lease.id}`, leaseId: lease.id, message });
    await eventually('that it is held back', async () => {
      const [row] = await platform.deps.db
        .select()
        .from(notifications)
        .where(eq(notifications.key, `after-${lease.id}`));
      return row?.sentAt === null && Number(row.nextAt) > Date.now() + 11 * 3_600_000 ? row : undefined;
    });
    expect(await refusal(owner.client.post('/v1/leases/{id}/resume', path(lease)))).toEqual([409, 'invalid_state']);
    const propose = () =>
      staff.agent.post('/v1/leases/{id}/transfers', { ...path(lease), body: { phone: heir.phone } });
    expect(await refusal(propose())).toEqual([409, 'transfer_refused']);

    // Nobody decides for five weeks: it waits on, and a person hears of it.
    await hoursLater(platform, lease.id, 35 * 24);
    await eventually('that somebody hears of it', async () =>
      (await openCases(lease)).includes('estate_overdue') ? true : undefined,
    );
    expect(await leaseOf(owner, lease)).toMatchObject({
      status: 'paused',
      totalPrice: lease.totalPrice,
      overdue: { amount: 0 },
    });
    expect(await chargesOf(owner)).toBe(charged);
    const document = 'DC 17/2026';
    // Whoever has said so proves it to nobody but somebody else.
    expect(
      await refusal(staff.agent.post('/v1/leases/{id}/confirm-death', { ...path(lease), body: { document } })),
    ).toEqual([403, 'same_person']);
    await staff.admin.post('/v1/leases/{id}/confirm-death', { ...path(lease), body: { document, choice: 'transfer' } });
    expect(await openCases(lease)).toEqual(expect.arrayContaining(['estate_to_settle']));
    const proposed = await propose();
    expect(proposed).toMatchObject({ isAgreed: true });
    await heir.client.post('/v1/transfers/{id}/accept', {
      ...path(proposed),
      body: { name: heir.name, paymentMethodId: heir.paymentMethodId },
    });
    await staff.admin.post('/v1/transfers/{id}/confirm', { ...path(proposed), body: {} });
    expect(await leaseOf(heir, lease)).toMatchObject({ status: 'active', customerId: heir.id, paid: lease.paid });
    await hoursLater(platform, lease.id, 8 * 24);
    await leaseThat(heir.client, lease.id, 'paid', ({ instalmentsPaid }) => instalmentsPaid > 0);
    expect(await chargesOf(owner)).toBe(charged);
    expect((await textsTo(owner)).filter((text) => /lease|mkataba/i.test(text))).toEqual([]);
  });

  it('lives after all: his lease goes on as if nobody had said so', async () => {
    const owner = await newCustomer(platform);
    const lease = await leaseIn('active', owner, staff);
    const { nextDue } = await leaseOf(owner, lease);
    await platform.deps.db
      .update(sessions)
      .set({ createdAt: new Date(Date.now() - 3_600_000) })
      .where(eq(sessions.userId, owner.id));
    const report = owner.client.post('/v1/leases/{id}/report-death', { ...path(lease), body: {} });
    expect(await refusal(report)).toEqual([403, 'second_factor_required']);
    await staff.agent.post('/v1/leases/{id}/report-death', { ...path(lease), body: { note: 'somebody rang' } });
    const refuted = await staff.agent.post('/v1/leases/{id}/refute-death', {
      ...path(lease),
      body: { reason: 'he came' },
    });
    expect(refuted).toMatchObject({ status: 'active', nextDue });
    expect(await openCases(lease)).toEqual([]);
    await untilNoon(lease);
    await eventually('that he is told', async () => (await textsTo(owner)).find((text) => text.includes('goes on')));
  });
});

/** Nine days in which a line would be charged, and nothing is. */
async function isLeftAlone(owner: Customer, lease: { readonly id: string }) {
  const charged = await chargesOf(owner);
  await hoursLater(platform, lease.id, 9 * 24);
  expect((await chargesOf(owner)) - charged).toBe(0);
}
const reportOf = (by: Cast['agent'], lease: { readonly id: string }) =>
  by.post('/v1/leases/{id}/report-death', { ...path(lease), body: { note: 'his brother rang' } });
const confirmOf = (lease: { readonly id: string }) =>
  staff.admin.post('/v1/leases/{id}/confirm-death', { ...path(lease), body: { document: 'certificate 4711' } });
const refuteOf = (lease: { readonly id: string }) =>
  staff.agent.post('/v1/leases/{id}/refute-death', { ...path(lease), body: { reason: 'he came' } });
const steal = (by: Cast['agent'], lease: { readonly id: string }) =>
  by.post('/v1/leases/{id}/report-theft', { ...path(lease), body: { note: 'gone' } });
const find = (lease: { readonly id: string }) =>
  staff.agent.post('/v1/leases/{id}/recover-theft', { ...path(lease), body: {} });

describe('a death and what else may happen', () => {
  it('he lives: whoever was to have his lease as an heir has it not, accepted or not', async () => {
    const [owner, heir] = [await newCustomer(platform), await newCustomer(platform)];
    const lease = await leaseIn('active', owner, staff);
    await reportOf(staff.agent, lease);
    await confirmOf(lease);
    const propose = (by: Cast['agent']) =>
      by.post('/v1/leases/{id}/transfers', { ...path(lease), body: { phone: heir.phone } });
    // Whoever has seen the proof names no heir.
    expect(await refusal(propose(staff.admin))).toEqual([403, 'same_person']);
    const proposed = await propose(staff.agent);
    expect(proposed).toMatchObject({ isEstate: true });
    const body = { name: heir.name, paymentMethodId: heir.paymentMethodId };
    await heir.client.post('/v1/transfers/{id}/accept', { ...path(proposed), body });
    await refuteOf(lease);
    const end = await refusal(staff.admin.post('/v1/transfers/{id}/confirm', { ...path(proposed), body: {} }));
    expect(end).toEqual(expect.arrayContaining([409]));
    expect(await leaseOf(owner, lease)).toMatchObject({ status: 'active', customerId: owner.id });
    await eventually('it is over', async () => {
      const { status } = await staff.admin.get('/v1/transfers/{id}', path(proposed));
      return status === 'rejected' || undefined;
    });
  });

  it('a vehicle that is stolen or found meanwhile has nothing collected', async () => {
    const owner = await newCustomer(platform);
    const weekly = { frequency: 'weekly' } as const;
    const found = await leaseIn('active', owner, staff, weekly);
    const stolen = await leaseIn('active', owner, staff, { ...weekly, terms: { theftPauseDays: null } });
    await steal(owner.client, found);
    await reportOf(staff.agent, found);
    await confirmOf(found);
    expect(await find(found)).toMatchObject({ status: 'paused' });
    expect(await steal(staff.agent, stolen)).toMatchObject({ status: 'stolen' });
    await isLeftAlone(owner, found);
    await isLeftAlone(owner, stolen);
  });

  it('stolen, said to have died, alive, found: days that were waited stay his', async () => {
    const owner = await newCustomer(platform);
    const lease = await leaseIn('active', owner, staff, { frequency: 'weekly' });
    const { nextDue: before } = await leaseOf(owner, lease);
    await steal(owner.client, lease);
    await reportOf(staff.agent, lease);
    await hoursLater(platform, lease.id, 10 * 24);
    expect(await refuteOf(lease)).toMatchObject({ status: 'stolen' });
    await hoursLater(platform, lease.id, 2 * 24);
    const { nextDue, overdue, status } = await find(lease);
    expect({ status, overdue: overdue.amount }).toEqual({ status: 'active', overdue: 0 });
    expect(daysBetween(localDate(before?.on ?? ''), localDate(nextDue?.on ?? ''))).toBe(12);
  });

  it('no vehicle is handed over, and who was alive once is reported by staff', async () => {
    const owner = await newCustomer(platform);
    const lease = await leaseIn('active', owner, staff);
    const other = await leaseIn('awaiting_handover', owner, staff);
    await reportOf(owner.client, lease);
    const [opened] = (await staff.agent.get('/v1/cases', { query: { leaseId: lease.id, status: 'open' } })).data;
    const close = { path: { id: opened?.id ?? '' }, body: { resolution: 'seen' } };
    expect(await refusal(staff.agent.post('/v1/cases/{id}/close', close))).toEqual([422, 'unprocessable']);
    const handOver = () =>
      staff.agent.post('/v1/leases/{id}/handover', { ...path(other), body: { odometerKm: 50_000 } });
    expect(await refusal(handOver())).toEqual([409, 'invalid_state']);
    await refuteOf(lease);
    expect(await handOver()).toMatchObject({ status: 'active' });
    expect(await refusal(reportOf(owner.client, lease))).toEqual([403, 'forbidden']);
    expect(await reportOf(staff.agent, lease)).toMatchObject({ status: 'paused' });
  });
});

it('who lives is found to live by a lease that is over, or not begun, and goes on with what waits', async () => {
  const owner = await newCustomer(platform);
  const lease = await leaseIn('active', owner, staff);
  const other = await leaseIn('awaiting_handover', owner, staff);
  await reportOf(staff.agent, lease);
  await owner.client.post('/v1/leases/{id}/return', { ...path(lease), body: {} });
  expect(await confirmOf(lease)).toMatchObject({ status: 'returned' });
  expect(await openCases(lease)).not.toContain('death_to_confirm');
  expect(await refuteOf(lease)).toMatchObject({ status: 'returned' });
  expect(await refusal(refuteOf(other))).toEqual([409, 'no_death_reported']);
  const handed = await staff.agent.post('/v1/leases/{id}/handover', { ...path(other), body: { odometerKm: 50_000 } });
  expect(handed.status).toBe('active');
});

describe('applications of a customer who is said to have died', () => {
  it('ask him for no deposit, and do not lapse before it is decided; who lives has some days to go on', async () => {
    const owner = await newCustomer(platform, { digits: '010' });
    const lease = await leaseIn('active', await newCustomer(platform), staff);
    await platform.deps.db.update(leases).set({ customerId: owner.id }).where(eq(leases.id, lease.id));
    const waiting = await leaseIn('awaiting_deposit', owner, staff);
    const held = await leaseIn('reserved', owner, staff);
    await reportOf(staff.agent, lease);
    const charged = await chargesOf(owner);
    for (const one of [waiting, held]) await hoursLater(platform, one.id, 20 * 24);
    expect((await leaseOf(owner, waiting)).status).toBe('awaiting_deposit');
    expect((await leaseOf(owner, held)).status).toBe('reserved');
    expect((await chargesOf(owner)) - charged).toBe(0);
    await hoursLater(platform, held.id, 20 * 24);
    await eventually('that somebody hears of it', async () =>
      (await openCases(held)).includes('estate_overdue') ? true : undefined,
    );
    await refuteOf(lease);
    expect((await leaseOf(owner, held)).status).toBe('reserved');
    for (const one of [waiting, held]) {
      await hoursLater(platform, one.id, 5 * 24);
      await leaseThat(owner.client, one.id, 'lapsed', ({ status }) => status === 'lapsed');
    }
  });
});

describe('hardship', () => {
  it('is asked for with why, granted within the plan, and looked at again when it is over', async () => {
    const owner = await newCustomer(platform);
    const lease = await leaseIn('active', owner, staff, { frequency: 'weekly', terms: { hardshipDays: 30 } });
    const ask = () =>
      owner.client.post('/v1/leases/{id}/hardship', {
        ...path(lease),
        body: { why: 'illness', evidence: 'hospital letter' },
      });
    const decide = (by: Cast['agent'], body: { decision: 'granted' | 'declined'; days?: number }) =>
      by.post('/v1/leases/{id}/hardship-decision', { ...path(lease), body: { note: 'seen', ...body } });
    expect(await refusal(decide(staff.agent, { decision: 'granted', days: 7 }))).toEqual([409, 'not_requested']);
    expect(await ask()).toMatchObject({ status: 'active' });
    expect(await refusal(ask())).toEqual([409, 'already_exists']);
    expect(await openCases(lease)).toEqual(['hardship_to_decide']);
    expect(await refusal(decide(owner.client, { decision: 'granted', days: 7 }))).toEqual([403, 'forbidden']);
    expect(await refusal(decide(staff.agent, { decision: 'granted' }))).toEqual([422, 'unprocessable', 'days']);
    expect(await refusal(decide(staff.agent, { decision: 'granted', days: 31 }))).toEqual([
      422,
      'unprocessable',
      'days',
    ]);
    const relieved = await decide(staff.agent, { decision: 'granted', days: 28 });
    expect(relieved).toMatchObject({ status: 'paused', totalPrice: lease.totalPrice, outstanding: lease.outstanding });
    expect(await openCases(lease)).toEqual([]);
    await untilNoon(lease);
    await eventually('that he is told', async () => (await textsTo(owner)).find((text) => text.includes('relief')));
    const charged = await chargesOf(owner);
    await hoursLater(platform, lease.id, 27 * 24);
    expect(await chargesOf(owner)).toBe(charged);
    await hoursLater(platform, lease.id, 2 * 24);
    await leaseThat(owner.client, lease.id, 'over', ({ status }) => status === 'active');
    expect(await openCases(lease)).toEqual(['hardship_to_review']);
    await ask();
    expect(await refusal(decide(staff.agent, { decision: 'granted', days: 3 }))).toEqual([
      422,
      'unprocessable',
      'days',
    ]);
    expect(await decide(staff.agent, { decision: 'declined' })).toMatchObject({ status: 'active' });
    expect(await owner.client.get('/v1/me/export')).toMatchObject({
      hardships: [{ why: 'illness' }, { why: 'illness' }],
    });
    // Declined three times he does not ask again by himself within the year.
    for (let i = 0; i < 2; i += 1) {
      await ask();
      await decide(staff.agent, { decision: 'declined' });
    }
    expect(await refusal(ask())).toEqual([409, 'conflict']);
    const body = { why: 'illness', note: 'he came to the office' } as const;
    expect(await staff.agent.post('/v1/leases/{id}/hardship', { ...path(lease), body })).toMatchObject({
      status: 'active',
    });
  });

  it('is looked at again when it is over, and not when something else is', async () => {
    const owner = await newCustomer(platform);
    const lease = await leaseIn('active', owner, staff);
    await owner.client.post('/v1/leases/{id}/hardship', { ...path(lease), body: { why: 'illness' } });
    const granted = { decision: 'granted', days: 20, note: 'seen' } as const;
    await staff.agent.post('/v1/leases/{id}/hardship-decision', { ...path(lease), body: granted });
    await steal(owner.client, lease);
    await find(lease);
    const holiday = { kind: 'holiday', days: 3 } as const;
    await owner.client.post('/v1/leases/{id}/pause', { ...path(lease), body: holiday });
    await owner.client.post('/v1/leases/{id}/resume', path(lease));
    expect(await openCases(lease)).toEqual([]);
  });
});
