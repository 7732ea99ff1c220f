import { eq, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assessments,
  audit,
  documents,
  leases,
  outbox,
  scheduleLines,
  submissions,
  users,
  vehicles,
} from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import type { DocumentKind } from '#domain/kyc/submission';
import type { LeaseStatus } from '#domain/leases/status';
import type { Plan } from '#domain/vehicles/plan';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createCreditActivities } from './credit.ts';
import { system } from '#domain/identity/roles';
import { transact, type Context } from '#use-cases/context';
import { endApplication } from '#use-cases/leases/end-lease';
import { holdVehicle } from '#use-cases/leases/hold-vehicle';
import { makeOffer } from '#use-cases/leases/make-offer';
import { creditProfile } from '#use-cases/credit/credit-profile';

let database: TestDatabase;
let credit: ReturnType<typeof createCreditActivities>;
beforeAll(async () => {
  database = await createTestDatabase();
  credit = createCreditActivities(database);
});
afterAll(() => database.close());

const at = '2026-06-01T08:00:00.000Z';
const agent = { role: 'agent', id: uuidv7() } as const;
let serial = 0;

async function newCustomer(
  more: { income?: number; identity?: 'automated' | 'agent' | 'rejected'; numberHash?: string } = {},
) {
  const { db } = database;
  const { income, identity = 'automated', numberHash = uuidv7() } = more;
  const id = uuidv7();
  await db
    .insert(users)
    .values({ id, role: 'customer', name: 'Test Person', market: 'UG', phoneHash: id, monthlyIncome: income ?? null });
  const kinds: DocumentKind[] = ['idFront', 'idBack', 'selfie'];
  const documentIds = kinds.map(() => uuidv7());
  await db.insert(documents).values(
    kinds.map((kind, i) => ({
      id: documentIds[i] ?? uuidv7(),
      userId: id,
      kind,
      mediaType: 'image/jpeg',
      sha256: `${i}`.repeat(64),
      size: 1,
      contentEncrypted: new Uint8Array([1]),
      keyId: 'k1',
    })),
  );
  await db.insert(submissions).values({
    id: uuidv7(),
    userId: id,
    status: identity === 'rejected' ? 'rejected' : 'approved',
    documentType: 'nationalId',
    documentNumberEncrypted: 'sealed',
    documentNumberHash: numberHash,
    country: 'UG',
    documentIds,
    noticeVersion: '1',
    consentedAt: new Date(at),
    decidedAt: new Date(at),
    decidedBy: identity === 'agent' ? agent.id : null,
    verdict:
      identity === 'rejected' ? { state: 'block', reason: 'document_check_failed' } : { state: 'clear', reason: null },
  });
  return id;
}

async function newLease(
  customerId: string,
  more: { type?: 'motorcycle' | 'van'; status?: LeaseStatus; oldestUnpaidOn?: string } = {},
) {
  const { db } = database;
  const { type = 'motorcycle', status = 'assessing', oldestUnpaidOn = null } = more;
  serial += 1;
  const [id, vehicleId] = [uuidv7(), uuidv7()];
  await db.insert(vehicles).values({
    id: vehicleId,
    type,
    make: 'Bajaj',
    model: 'Test',
    year: 2025,
    market: 'UG',
    price: 5_000_000,
    currency: 'UGX',
    registration: `U ${serial}`,
    vin: `VIN${serial}`,
  });
  const plan: Plan = {
    id: uuidv7(),
    name: 'Weekly',
    market: 'UG',
    vehicleTypes: ['motorcycle', 'van'],
    frequency: 'weekly',
    instalments: 52,
    depositPercent: 15,
    markupPercent: 28,
    graceDays: 3,
    lateFee: null,
    immobiliseAfterDaysPastDue: 10,
    immobiliseNoticeHours: 24,
    offerHours: 72,
    signHours: 48,
    depositHours: 72,
    components: { vehicle: 100 },
  };
  await db.insert(leases).values({
    id,
    reference: `REF${String(serial).padStart(6, '0')}`,
    status,
    customerId,
    vehicleId,
    planId: plan.id,
    plan,
    paymentMethodId: uuidv7(),
    market: 'UG',
    currency: 'UGX',
    frequency: 'weekly',
    price: 5_000_000,
    deposit: 750_000,
    instalment: 104_616,
    instalmentsTotal: 52,
    totalPrice: 6_190_032,
    oldestUnpaidOn,
    createdAt: new Date(at),
    updatedAt: new Date(at),
  });
  return id;
}

/** A lease with `lines` that have fallen due, of which reminders were sent for `late`, at most `worst` days late. */
async function pastLease(
  customerId: string,
  status: LeaseStatus,
  { lines, late, worst }: { lines: number; late: number; worst: number },
) {
  const id = await newLease(customerId, { status });
  const today = localDateAt(Date.parse(at), 'UG');
  await database.db.update(leases).set({ scheduleVersion: 1 }).where(eq(leases.id, id));
  await database.db.insert(scheduleLines).values(
    Array.from({ length: lines }, (_, i) => ({
      leaseId: id,
      version: 1,
      number: i + 1,
      dueOn: addDays(today, -7 * (lines - i)),
      amount: 100,
      paid: 100,
      components: { vehicle: 100 },
    })),
  );
  for (let i = 0; i < late; i++) {
    const detail = { oldestUnpaidOn: addDays(today, -7 * (lines - i)), daysPastDue: i === 0 ? worst : 1 };
    await database.db.insert(audit).values({
      id: uuidv7(),
      key: uuidv7(),
      at: new Date(at),
      type: 'payment.overdue',
      subject: id,
      leaseId: id,
      actor: { role: 'system', id: 'lease' },
      detail,
    });
  }
  return id;
}

describe('an assessment', () => {
  it('of a new customer approves a motorcycle, once per lease, with facts, timeline and event', async () => {
    const leaseId = await newLease(await newCustomer());
    const first = await credit.assessCredit({ leaseId, at });
    expect(first).toMatchObject({ status: 'approved', conditions: null });
    expect(await credit.assessCredit({ leaseId, at: '2026-06-02T08:00:00.000Z' })).toEqual(first);
    const [row] = await database.db.select().from(assessments).where(eq(assessments.leaseId, leaseId));
    expect(row).toMatchObject({
      id: first.assessmentId,
      tier: 'C',
      facts: { identity: 'automated_check', monthlyIncome: null, market: 'UG' },
    });
    const told = await database.db.select().from(outbox).where(eq(outbox.leaseId, leaseId));
    expect(told.map(({ type, subject }) => [type, subject])).toEqual([['credit.approved', leaseId]]);
    const timeline = await database.db.select().from(audit).where(eq(audit.leaseId, leaseId));
    expect(timeline.map(({ type }) => type)).toEqual(['credit.approved']);
  });

  it.each([
    ['an income that does not carry it', { income: 500_000 }, {}],
    ['a van without a licence on file', { income: 90_000_000 }, { type: 'van' as const }],
    ['an identity that is not approved', { identity: 'rejected' as const }, {}],
  ])('refers %s', async (_name, customer, lease) => {
    const leaseId = await newLease(await newCustomer(customer), lease);
    expect(await credit.assessCredit({ leaseId, at })).toMatchObject({ status: 'referred' });
    expect(
      (await database.db.select().from(outbox).where(eq(outbox.leaseId, leaseId))).map(({ type }) => type),
    ).toEqual(['credit.referred']);
  });

  it('is asked again when offers are accepted: side by side no more of them than one after the other', async () => {
    const customerId = await newCustomer();
    const ids: string[] = [];
    while (ids.length < 5) ids.push(await newLease(customerId));
    for (const leaseId of ids) expect(await credit.assessCredit({ leaseId, at })).toMatchObject({ status: 'approved' });
    await database.db.update(leases).set({ status: 'offered' }).where(inArray(leases.id, ids));
    const customer = { role: 'customer', id: customerId } as const;
    const accepts = (leaseId: string) =>
      transact(database.db, customer, new Date(at), (context) => holdVehicle(context, { leaseId, until: at }));
    const answers = await Promise.allSettled(ids.map(accepts));
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'invalid_state' } });
    // A third one on a condition, which the offer has priced in.
    const sixth = await newLease(customerId);
    expect(await credit.assessCredit({ leaseId: sixth, at })).toMatchObject({
      status: 'approved',
      conditions: { depositPercent: expect.any(Number) as number },
    });
    await database.db.update(leases).set({ status: 'offered' }).where(eq(leases.id, sixth));
    expect(await accepts(sixth)).toMatchObject({ status: 'reserved' });
    // What an agent decides, knowing of the others, stays.
    const seventh = await newLease(customerId);
    const { assessmentId, status } = await credit.assessCredit({ leaseId: seventh, at });
    expect(status).toBe('referred');
    await credit.recordCreditDecision({
      assessmentId,
      decision: 'approved',
      conditions: null,
      reason: 'known',
      actor: agent,
      at,
    });
    await database.db.update(leases).set({ status: 'offered' }).where(eq(leases.id, seventh));
    expect(await accepts(seventh)).toMatchObject({ status: 'reserved' });
  });

  it('does not bind at the old deposit where the card would ask for a higher one by now', async () => {
    const customerId = await newCustomer();
    const leaseId = await newLease(customerId);
    expect(await credit.assessCredit({ leaseId, at })).toMatchObject({ status: 'approved', conditions: null });
    await database.db.update(leases).set({ status: 'offered' }).where(eq(leases.id, leaseId));
    await pastLease(customerId, 'completed', { lines: 12, late: 12, worst: 20 });
    const accepts = transact(database.db, { role: 'customer', id: customerId }, new Date(at), (context) =>
      holdVehicle(context, { leaseId, until: at }),
    );
    await expect(accepts).rejects.toMatchObject({ code: 'invalid_state' });
  });

  it('reads earlier leases: what was late, how late at worst, what was completed', async () => {
    const customerId = await newCustomer();
    await pastLease(customerId, 'completed', { lines: 20, late: 5, worst: 14 });
    const current = await newLease(customerId, { status: 'in_arrears', oldestUnpaidOn: '2026-05-10' });
    const leaseId = await newLease(customerId);
    await credit.assessCredit({ leaseId, at });
    const [row] = await database.db.select().from(assessments).where(eq(assessments.leaseId, leaseId));
    expect(row?.facts['history']).toEqual({
      linesDue: 20,
      linesLate: 5,
      worstDaysPastDue: 22,
      completedLeases: 1,
      liveLeases: 1,
      repossessed: 0,
      writtenOff: 0,
    });
    expect(current).not.toBe(leaseId);
  });

  it('declines after a write-off, also under another account with the same document', async () => {
    const customerId = await newCustomer({ numberHash: 'same-number' });
    await pastLease(customerId, 'written_off', { lines: 10, late: 3, worst: 90 });
    expect(await credit.assessCredit({ leaseId: await newLease(customerId), at })).toMatchObject({
      status: 'declined',
      conditions: null,
    });
    const leaseId = await newLease(await newCustomer({ numberHash: 'same-number' }));
    expect(await credit.assessCredit({ leaseId, at })).toMatchObject({ status: 'declined' });
    expect(
      (await database.db.select().from(outbox).where(eq(outbox.leaseId, leaseId))).map(({ type }) => type),
    ).toEqual(['credit.rejected']);
  });
});

describe('an agent', () => {
  const decision = {
    decision: 'approved',
    conditions: { depositPercent: 30 },
    reason: 'known to us',
    actor: agent,
    at,
  } as const;

  it('decides what was referred, with conditions; the same again changes nothing, another is refused', async () => {
    const leaseId = await newLease(await newCustomer({ income: 500_000 }));
    const { assessmentId } = await credit.assessCredit({ leaseId, at });
    const decided = await credit.recordCreditDecision({ assessmentId, ...decision });
    expect(decided).toEqual({ assessmentId, status: 'approved', conditions: { depositPercent: 30 } });
    expect(await credit.recordCreditDecision({ assessmentId, ...decision })).toEqual(decided);
    await expect(
      credit.recordCreditDecision({ assessmentId, ...decision, decision: 'declined' }),
    ).rejects.toMatchObject({ code: 'invalid_state' });
    const timeline = await database.db.select().from(audit).where(eq(audit.leaseId, leaseId));
    expect(timeline.map(({ type, actor }) => [type, actor.id])).toEqual([
      ['credit.referred', 'scorecard'],
      ['credit.approved', agent.id],
      ['lease.offered', agent.id],
    ]);
  });

  it('has the lease offered with his answer: it does not lapse, however late it hears of that', async () => {
    const leaseId = await newLease(await newCustomer({ income: 500_000 }));
    const { assessmentId } = await credit.assessCredit({ leaseId, at });
    await credit.recordCreditDecision({ assessmentId, ...decision });
    const lapse = { leaseId, as: 'lapsed', reason: 'no decision', stage: 'assessing' } as const;
    const offer = { leaseId, conditions: decision.conditions };
    const act = <T>(work: (context: Context) => Promise<T>) =>
      transact(database.db, system('test'), new Date(at), work);
    expect(await act((context) => endApplication(context, lapse))).toMatchObject({ status: 'offered' });
    expect(await act((context) => makeOffer(context, offer))).toMatchObject({ deposit: 1_500_000 });
  });

  it('has the lease declined with his answer, in the last minute of its days too: it has not lapsed', async () => {
    const leaseId = await newLease(await newCustomer({ income: 500_000 }));
    const { assessmentId } = await credit.assessCredit({ leaseId, at });
    const declines = { assessmentId, ...decision, decision: 'declined' } as const;
    const decided = await credit.recordCreditDecision(declines);
    const ends = (as: 'lapsed' | 'declined') =>
      transact(database.db, system('test'), new Date(at), (context) =>
        endApplication(context, { leaseId, as, reason: 'no decision', stage: 'assessing' }),
      );
    expect(await ends('lapsed')).toMatchObject({ status: 'declined' });
    // Its workflow ends it as well where it has heard of the answer, and the same answer may come again.
    expect(await ends('declined')).toMatchObject({ status: 'declined' });
    expect(await credit.recordCreditDecision(declines)).toEqual(decided);
    const timeline = await database.db.select().from(audit).where(eq(audit.leaseId, leaseId));
    expect(timeline.filter(({ type }) => type === 'lease.declined')).toMatchObject([{ actor: { id: agent.id } }]);
  });

  it('does not decide what the scorecard approved, nor what is not there', async () => {
    const { assessmentId } = await credit.assessCredit({ leaseId: await newLease(await newCustomer()), at });
    await expect(
      credit.recordCreditDecision({ assessmentId, ...decision, decision: 'declined' }),
    ).rejects.toMatchObject({ code: 'invalid_state' });
    await expect(credit.recordCreditDecision({ assessmentId: uuidv7(), ...decision })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a customer', () => {
  it('sees a preview without an application, then the assessment', async () => {
    const customerId = await newCustomer();
    const preview = await creditProfile(database.db, { customerId, at: new Date(at) });
    expect(preview).toMatchObject({ tier: 'C', assessedAt: null });
    await credit.assessCredit({ leaseId: await newLease(customerId), at });
    expect(await creditProfile(database.db, { customerId, at: new Date(at) })).toMatchObject({
      assessedAt: new Date(at),
    });
  });
});
