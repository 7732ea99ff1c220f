import { and, eq } from 'drizzle-orm';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scheduleOf } from '#db/queries/leases';
import { attempts, cases, leases } from '#db/schema/index';
import type { CaseKind } from '#domain/cases';
import { system, type Actor } from '#domain/identity/roles';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { deps } from '#test/late-money';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { transact, type Context } from '../context.ts';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { writeOffLease } from './write-off.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { noteOverdue } from './note-overdue.ts';
import { noteRisk } from './note-risk.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { recoverTheft, reportTheft } from './report-theft.ts';

/** Ten weekly lines of 10,000 from 12 January on; grace two days, late fee 500; a theft has collection wait for 30 days. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const agent: Actor = { role: 'agent', id: randomUUID() };
const admin: Actor = { role: 'admin', id: randomUUID() };
const morning = (day: string) => `2026-${day}T07:00:00Z`;

async function handedOver(plan = weeklyPlan) {
  const lease = await bookLease(database, testConfig(), { plan });
  await lease.isCharged(morning('01-05'), 20_000);
  await lease.handOver(morning('01-05'));
  const by = <T>(actor: Actor, day: string, work: (context: Context) => Promise<T>) =>
    transact(database.db, actor, new Date(morning(day)), work);
  const leaseId = lease.id;
  const customer: Actor = { role: 'customer', id: lease.customerId };
  return {
    ...lease,
    customer,
    by,
    isStolen: (day: string) => by(customer, day, (context) => reportTheft(context, { leaseId })),
    isFound: (day: string) => by(agent, day, (context) => recoverTheft(context, { leaseId })),
    /** As the agenda has it. */
    resumes: (day: string) => by(system('lease'), day, (context) => resumeLease(context, { leaseId })),
    async dueDates(first = 3) {
      const { scheduleVersion } = await lease.row();
      return (await scheduleOf(database.db, leaseId, scheduleVersion))
        .slice(0, first)
        .map(({ dueOn }) => dueOn.slice(5));
    },
    openCases: (kind: CaseKind) =>
      database.db.$count(cases, and(eq(cases.leaseId, leaseId), eq(cases.kind, kind), eq(cases.status, 'open'))),
  };
}

describe('a stolen vehicle', () => {
  it('that is reported again and again has collection wait for the days of a year, and no longer', async () => {
    const lease = await handedOver();
    expect(await lease.isStolen('01-14')).toMatchObject({ pausedUntil: '2026-02-13' });
    expect(await lease.isFound('02-12')).toMatchObject({ status: 'active' });
    // One day is left of the thirty.
    expect(await lease.isStolen('02-12')).toMatchObject({ status: 'stolen', pausedUntil: '2026-02-13' });
    await lease.isFound('02-13');
    expect(await lease.isStolen('02-13')).toMatchObject({ status: 'stolen', pausedUntil: null });
    expect(await lease.dueDates(1)).toEqual(['02-11']);
    expect(await lease.openCases('theft_unresolved')).toBe(1);
  });

  it('has every unpaid line wait, and those days back that are not taken when it is found', async () => {
    const lease = await handedOver();
    await lease.isCharged(morning('01-12'), 10_000);
    const standing = await lease.isStolen('01-14');
    expect(standing).toMatchObject({ status: 'stolen', pausedUntil: '2026-02-13', nextDue: { on: '2026-02-18' } });
    expect(await lease.dueDates()).toEqual(['01-12', '02-18', '02-25']);
    // Found after ten of the thirty days: the line of the 19th is due on the 29th.
    expect(await lease.isFound('01-24')).toMatchObject({ status: 'active', pausedUntil: null });
    expect(await lease.dueDates()).toEqual(['01-12', '01-29', '02-05']);
  });

  it('that was in arrears stays so: what was late by more than its grace when it was reported does not wait', async () => {
    const lease = await handedOver();
    await lease.isStolen('01-19');
    expect(await lease.dueDates(2)).toEqual(['01-12', '02-18']);
    expect(await lease.row()).toMatchObject({ status: 'stolen', oldestUnpaidOn: '2026-01-12' });
    expect(await lease.isFound('01-21')).toMatchObject({ status: 'in_arrears', nextDue: { on: '2026-01-12' } });
    expect(await lease.dueDates(2)).toEqual(['01-12', '01-21']);
  });

  it.each(['01-21', '02-20'])(
    'whose payment of before is taken back on %s is as late as if it had never come',
    async (day) => {
      const lease = await handedOver();
      const attemptId = await lease.isCharged(morning('01-12'), 10_000);
      await lease.isStolen('01-20');
      const wish = { leaseId: lease.id, attemptId, reason: 'charged back', to: 'provider' } as const;
      await lease.by(admin, day, (context) => reversePayment(context, wish));
      expect(await lease.dueDates(2)).toEqual(['01-12', '02-18']);
    },
  );

  it('waits with a line that was within its grace when it was reported', async () => {
    const lease = await handedOver();
    await lease.isStolen('01-14');
    expect(await lease.dueDates(2)).toEqual(['02-11', '02-18']);
  });

  it('is asked for nothing, charged nothing and reminded of nothing meanwhile, but what its customer pays is taken', async () => {
    const lease = await handedOver();
    await lease.isStolen('01-20');
    const { id: leaseId } = lease;
    const step = <T>(work: (context: Context) => Promise<T>) => lease.by(system('lease'), '02-10', work);
    const order = { leaseId, attemptId: randomUUID(), kind: 'instalment', method: 0 } as const;
    expect(await step((context) => openAttempt(context, deps, order))).toBeNull();
    expect(await step((context) => chargeLateFees(context, { leaseId }))).toMatchObject({ charged: 0 });
    expect(await step((context) => noteOverdue(context, { leaseId, daysPastDue: 5 }))).toEqual({ overdue: 0 });
    expect(await lease.resumes('02-10')).toMatchObject({ status: 'stolen', pausedUntil: '2026-02-19' });
    const paymentId = await lease.isCharged(morning('02-10'), 10_000);
    expect(await lease.row()).toMatchObject({ status: 'stolen', oldestUnpaidOn: '2026-02-18' });
    await lease.by(admin, '02-11', (context) =>
      reversePayment(context, { leaseId, attemptId: paymentId, reason: 'taken back' }),
    );
    expect(await lease.row()).toMatchObject({ status: 'stolen', oldestUnpaidOn: '2026-01-12' });
  });

  it('that is not found is a case when the days are over, and collected again', async () => {
    const lease = await handedOver();
    await lease.isStolen('01-10');
    expect(await lease.resumes('02-09')).toMatchObject({ status: 'stolen', pausedUntil: null });
    expect(await lease.openCases('theft_unresolved')).toBe(1);
    const { id: leaseId } = lease;
    const order = { leaseId, attemptId: randomUUID(), kind: 'instalment', method: 0 } as const;
    const charge = await lease.by(system('lease'), '02-11', (context) => openAttempt(context, deps, order));
    expect(charge).toMatchObject({ amount: 10_000 });
    await database.db.update(attempts).set({ status: 'failed' }).where(eq(attempts.id, order.attemptId));
    expect(await lease.isFound('02-20')).toMatchObject({ status: 'in_arrears' });
    expect(await lease.openCases('theft_unresolved')).toBe(0);
  });

  it('ends a pause, which takes the days that it lasted, and is none of those that a customer may take', async () => {
    const lease = await handedOver();
    const pause = (day: string, days: number) =>
      lease.by(lease.customer, day, (context) => pauseLease(context, { leaseId: lease.id, kind: 'holiday', days }));
    await pause('01-10', 10);
    await lease.isStolen('01-13');
    expect(await lease.dueDates(1)).toEqual(['02-14']);
    await lease.isFound('01-15');
    expect(await lease.dueDates(1)).toEqual(['01-17']);
    expect(await pause('01-16', 14)).toMatchObject({ status: 'paused' });
  });

  it('is collected all the same where the plan does not have it wait', async () => {
    const lease = await handedOver({ ...weeklyPlan, theftPauseDays: null });
    expect(await lease.isStolen('01-10')).toMatchObject({ status: 'stolen', pausedUntil: null });
    expect(await lease.dueDates(1)).toEqual(['01-12']);
    expect(await lease.openCases('theft_unresolved')).toBe(1);
    await lease.isFound('01-11');
    expect(await lease.openCases('theft_unresolved')).toBe(0);
  });

  it('was stolen after its handover and before now, and may be written off', async () => {
    const lease = await handedOver();
    const { id: leaseId } = lease;
    const report = (stolenAt: string) =>
      lease.by(lease.customer, '01-10', (context) => reportTheft(context, { leaseId, stolenAt }));
    await expect(report(morning('01-11'))).rejects.toMatchObject({ code: 'unprocessable', errors: [{ path: 'at' }] });
    await expect(report(morning('01-04'))).rejects.toMatchObject({ code: 'unprocessable' });
    await report(morning('01-09'));
    await expect(report(morning('01-09'))).rejects.toMatchObject({ code: 'invalid_state' });
    const lost = await lease.by(admin, '01-20', (context) => writeOffLease(context, { leaseId, reason: 'stolen' }));
    expect(lost).toMatchObject({ status: 'written_off', pausedUntil: null });
  });
});

describe('a tracker that somebody is at', () => {
  it('is for an agent to look at where money is owed, once', async () => {
    const lease = await handedOver();
    const sees = (type: string) =>
      lease.by(system('lease'), '01-10', (context) =>
        noteRisk(context, {
          leaseId: lease.id,
          risk: {
            riskEventId: randomUUID(),
            type,
            severity: 'critical',
            vehicleId: randomUUID(),
            occurredAt: '2026-01-10T10:00:00Z',
            details: {},
          },
        }),
      );
    await sees('power_cut');
    expect(await lease.openCases('tampering_in_arrears')).toBe(0);
    await lease.by(system('lease'), '01-10', ({ tx }) =>
      tx.update(leases).set({ status: 'in_arrears' }).where(eq(leases.id, lease.id)),
    );
    await sees('speeding');
    expect(await lease.openCases('tampering_in_arrears')).toBe(0);
    await sees('power_cut');
    await sees('tampering');
    expect(await lease.openCases('tampering_in_arrears')).toBe(1);
  });
});

describe('a vehicle that is towed and out of its country', () => {
  it('is suspected to be stolen, once, when both were within a day', async () => {
    const lease = await handedOver();
    const sees = (type: string, occurredAt: string) => {
      const riskEventId = randomUUID();
      const facts = { type, severity: 'high', vehicleId: randomUUID(), occurredAt, details: {} };
      return lease.by(system('lease'), '01-10', (context) =>
        noteRisk(context, { leaseId: lease.id, risk: { riskEventId, ...facts } }),
      );
    };
    await sees('tow', '2026-01-07T10:00:00Z');
    await sees('wrong_country', '2026-01-09T11:00:00Z');
    await sees('speeding', '2026-01-09T11:00:00Z');
    expect(await lease.openCases('suspected_theft')).toBe(0);
    await sees('tow', '2026-01-10T10:00:00Z');
    await sees('wrong_country', '2026-01-10T10:30:00Z');
    expect(await lease.openCases('suspected_theft')).toBe(1);
    await lease.isStolen('02-03');
    await lease.isFound('02-04');
    expect(await lease.openCases('suspected_theft')).toBe(0);
  });
});
