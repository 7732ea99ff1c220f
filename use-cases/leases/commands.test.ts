import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assessments, attempts, audit, holds, leases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { roles, system, type Actor } from '#domain/identity/roles';
import { commands as table, mayBeGiven, mayBeTaken, mayGive, type LeaseCommand } from '#domain/leases/commands';
import type { AgendaItem } from '#domain/leases/agenda';
import { leaseStatuses, type LeaseStatus } from '#domain/leases/status';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, config, day, deps, FEE, LINE, runningLease, type LateLease } from '#test/late-money';
import { transact, type Context } from '../context.ts';
import { recordCreditDecision } from '../credit/record-credit-decision.ts';
import { decideCashDay } from '../payments/cash/backdated-cash.ts';
import { decideUnknown } from '../payments/deciding/decide-unknown.ts';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { requestPayment } from '../payments/charging/request-payment.ts';
import { receiveMoney } from '../payments/cash/receive-money.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { inviteGuarantor } from '../parties/invite-guarantor.ts';
import { proposeTransfer } from '../parties/propose-transfer.ts';
import { transferLease } from '../parties/transfer-lease.ts';
import { requestUpgrade } from '../upgrades/request-upgrade.ts';
import { advanceLease } from './advance-lease.ts';
import { changeCollection } from './change-collection.ts';
import { changeDueDay } from './change-due-day.ts';
import { changeFrequency } from './change-frequency.ts';
import { changePaymentMethod } from './change-payment-method.ts';
import { endApplication } from './end-lease.ts';
import { writeOffLease } from './write-off.ts';
import { extendHold } from './extend-hold.ts';
import { handOver } from './hand-over.ts';
import { holdVehicle } from './hold-vehicle.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { waiveFees } from './waive-fees.ts';
import { lockLease } from './lease-record.ts';
import { noteOverdue } from './note-overdue.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { checkPromise, promisePayment } from './promise-payment.ts';
import { repossessVehicle } from './repossess-vehicle.ts';
import { decideHardship, requestHardship } from './grant-hardship.ts';
import { confirmDeath, refuteDeath, reportDeath } from './report-death.ts';
import { recoverTheft, reportTheft } from './report-theft.ts';
import { returnVehicle } from './return-vehicle.ts';
import { reAgeLease, reAmortiseLease, restructureLease } from './restructure-lease.ts';
import { quoteSettlement } from './settle-early.ts';
import { signAgreement } from './sign-agreement.ts';
import { totalLoss } from './total-loss.ts';
import { undoRestructure } from './undo-restructure.ts';
import { usePaidAhead } from './use-paid-ahead.ts';

let database: TestDatabase;
let lease: LateLease;
let methodId: string;
let assessmentId: string;
let quoteId: string;
let paymentId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  lease = await runningLease(database);
  paymentId = await lease.cash(1, 1_000);
  const of = { leaseId: lease.id };
  await lease.act(day(8), (context) => promisePayment(context, { ...of, on: '2026-01-09', amount: LINE - 1_000 }));
  quoteId = (await lease.act(day(10), (context) => quoteSettlement(context, of))).id;
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  if (row === undefined) throw new Error('the lease is gone');
  methodId = row.paymentMethodId;
  assessmentId = randomUUID();
  await database.db.insert(assessments).values({
    id: assessmentId,
    leaseId: lease.id,
    customerId: row.customerId,
    status: 'referred',
    score: 500,
    tier: 'C',
    reasons: [],
    facts: {},
    scorecardVersion: '1',
    createdAt: day(1),
  });
});
afterAll(() => database.close());

const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as Key[];

class Undone extends Error {}

/** What a use case does to the lease in a status, at the tenth of January: nothing of it stays. */
async function inStatus<T>(status: LeaseStatus, actor: Actor, work: (context: Context) => Promise<T>): Promise<T> {
  let answer: { readonly is: T } | undefined;
  const undone = transact(database.db, actor, day(10), async (context) => {
    const pausedUntil = status === 'paused' ? '2026-01-10' : null;
    await context.tx.update(leases).set({ status, pausedUntil }).where(eq(leases.id, lease.id));
    answer = { is: await work(context) };
    throw new Undone();
  });
  await undone.catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error;
  });
  if (answer === undefined) throw new Error('it did not answer');
  return answer.is;
}

const reason = 'agreed';
const ordered = (leaseId: string) => ({ leaseId, attemptId: randomUUID(), paymentMethodId: methodId });

type UseCase = (context: Context, leaseId: string) => Promise<unknown>;

/** Every command but those that a lease takes whatever it is, and `withdraw`, which its story carries out. */
const commands: Omit<Record<LeaseCommand, UseCase>, 'withdraw' | 'decideCashDay' | 'decideUnknown'> = {
  decideCredit: (context) =>
    recordCreditDecision(context, { assessmentId, decision: 'approved', conditions: null, reason }),
  acceptOffer: (context, leaseId) => holdVehicle(context, { leaseId, until: day(11).toISOString() }),
  sign: (context, leaseId) => signAgreement(context, { leaseId, name: 'A. Customer' }),
  handOver: (context, leaseId) => handOver(context, { leaseId, odometerKm: 1 }),
  pay: (context, leaseId) => requestPayment(context, deps, { ...ordered(leaseId), kind: 'pay', amount: LINE }),
  settle: (context, leaseId) => requestPayment(context, deps, { ...ordered(leaseId), kind: 'settlement', quoteId }),
  quoteSettlement: (context, leaseId) => quoteSettlement(context, { leaseId }),
  receiveMoney: (context, leaseId) => {
    const cash = {
      kind: 'cash',
      paymentId: randomUUID(),
      amount: LINE,
      agentId: agent.id,
      receiptNumber: 'R 1',
    } as const;
    return receiveMoney(context, config, { leaseId, money: cash });
  },
  changeCollection: (context, leaseId) =>
    changeCollection(context, { leaseId, paymentMethodIds: [methodId], quietHours: null }),
  changePaymentMethod: (context, leaseId) => changePaymentMethod(context, { leaseId, paymentMethodId: methodId }),
  pause: (context, leaseId) => pauseLease(context, { leaseId, kind: 'holiday', days: 7 }),
  resume: (context, leaseId) => resumeLease(context, { leaseId }),
  promise: (context, leaseId) => promisePayment(context, { leaseId, on: '2026-01-12', amount: LINE }),
  restructure: (context, leaseId) => restructureLease(context, { leaseId, instalments: 20, reason }),
  waiveFees: (context, leaseId) => waiveFees(context, { leaseId, amount: FEE, reason }),
  writeOff: (context, leaseId) => writeOffLease(context, { leaseId, reason }),
  returnVehicle: (context, leaseId) => returnVehicle(context, { leaseId, reason }),
  repossess: (context, leaseId) => repossessVehicle(context, { leaseId, reason, noticeOn: '2026-01-01' }),
  reportTheft: (context, leaseId) => reportTheft(context, { leaseId }),
  recoverTheft: (context, leaseId) => recoverTheft(context, { leaseId }),
  changeDueDay: (context, leaseId) => changeDueDay(context, { leaseId, weekday: 'friday' }),
  changeFrequency: (context, leaseId) => changeFrequency(context, { leaseId, frequency: 'monthly' }),
  usePaidAhead: (context, leaseId) => usePaidAhead(context, { leaseId, makes: 'shorter' }),
  reAge: (context, leaseId) => reAgeLease(context, { leaseId, reason }),
  reAmortise: (context, leaseId) => reAmortiseLease(context, { leaseId, reason }),
  undoRestructure: (context, leaseId) => undoRestructure(context, { leaseId, reason }),
  totalLoss: (context, leaseId) => totalLoss(context, { leaseId, reason }),
  reportDeath: (context, leaseId) => reportDeath(context, { leaseId }),
  confirmDeath: (context, leaseId) => confirmDeath(context, { leaseId, document: 'D 1' }),
  refuteDeath: (context, leaseId) => refuteDeath(context, { leaseId, reason }),
  requestHardship: (context, leaseId) => requestHardship(context, { leaseId, why: 'illness' }),
  decideHardship: (context, leaseId) =>
    decideHardship(context, { leaseId, decision: 'granted', days: 7, note: reason }),
  transfer: (context, leaseId) =>
    transferLease(context, { leaseId, transferId: randomUUID(), customerId: randomUUID(), reason }),
  extendHold: async (context, leaseId) => {
    const { vehicleId } = (await lockLease(context.tx, leaseId)).row;
    await context.tx.insert(holds).values({ id: randomUUID(), vehicleId, leaseId, createdAt: day(9) });
    return extendHold(context, { leaseId, hours: 24, reason, until: day(11).toISOString() });
  },
  reversePayment: (context, leaseId) => reversePayment(context, { leaseId, attemptId: paymentId, reason }),
};

/** Every step but to ask about an unknown payment, which a lease takes whatever it is, and the stop of its vehicle, which hangs on more. */
const steps: Omit<Record<AgendaItem['do'], UseCase>, 'ask_unknown' | 'warn_immobilisation' | 'immobilise'> = {
  collect: (context, leaseId) =>
    openAttempt(context, deps, { leaseId, attemptId: randomUUID(), kind: 'instalment', method: 0 }),
  settle: (context, leaseId) => openAttempt(context, deps, { ...ordered(leaseId), kind: 'settlement', quoteId }),
  enter_arrears: (context, leaseId) => advanceLease(context, { leaseId, to: 'in_arrears' }),
  remind: (context, leaseId) => noteOverdue(context, { leaseId, daysPastDue: 5 }),
  charge_late_fees: (context, leaseId) => chargeLateFees(context, { leaseId }),
  check_promise: (context, leaseId) => checkPromise(context, { leaseId }),
  resume: (context, leaseId) => resumeLease(context, { leaseId }),
};

/** Somebody who acts in a role; a customer is the lease's own. */
const actorIn = (role: Actor['role']): Actor => {
  if (role === 'system') return system('lease');
  return role === 'customer' ? lease.customer : { role, id: randomUUID() };
};
/** Everybody who may act: people in each role, and the platform itself. */
const acting: readonly Actor['role'][] = [...roles, 'system'];

/** Whether the table of commands refuses it, and why; what else keeps it from being done is the use case's own. */
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) =>
      error instanceof Problem && (error.code === 'forbidden' || error.code === 'invalid_state') ? error.code : null,
  );

describe.each(leaseStatuses)('under the lock a lease that is %s', (status) => {
  it.each(keysOf(commands))('takes %s as its workflow does, and refuses it otherwise', async (command) => {
    const giver = actorIn(acting.find((role) => mayGive(command, role)) ?? 'admin');
    const refused = await refusal(inStatus(status, giver, (context) => commands[command](context, lease.id)));
    expect(refused).toBe(mayBeGiven(command, status) ? null : 'invalid_state');
  });

  it.each(keysOf(steps))('changes by %s only what its agenda may', async (step) => {
    const [before, after] = await inStatus(status, system('lease'), async (context) => {
      const read = async () => [
        (await lockLease(context.tx, lease.id)).row,
        await context.tx.$count(audit, eq(audit.leaseId, lease.id)),
        await context.tx.$count(attempts, eq(attempts.leaseId, lease.id)),
      ];
      const known = await read();
      await steps[step](context, lease.id);
      return [known, await read()];
    });
    const changes = JSON.stringify(before) !== JSON.stringify(after);
    expect(changes).toBe(mayBeTaken(step, status));
  });

  it('is withdrawn only as an application', async () => {
    const withdrawal = { leaseId: lease.id, as: 'withdrawn', reason } as const;
    const standing = await inStatus(status, admin, (context) => endApplication(context, withdrawal));
    expect(standing.status).toBe(mayBeGiven('withdraw', status) ? 'withdrawn' : status);
  });
});

const byRulesOfTheirOwn: Record<'decideUnknown' | 'decideCashDay', UseCase> = {
  decideUnknown: (context, leaseId) =>
    decideUnknown(context, { leaseId, attemptId: paymentId, outcome: 'failed', providerReference: null, reason }),
  decideCashDay: (context, leaseId) =>
    decideCashDay(context, { leaseId, caseId: randomUUID(), decision: 'confirmed', resolution: reason }),
};

describe.each(acting)('under the lock %s', (role) => {
  const all = { ...commands, ...byRulesOfTheirOwn };

  it.each(keysOf(all))('may give %s only where the table says so', async (command) => {
    const [status] = table[command].in;
    const refused = await refusal(inStatus(status, actorIn(role), (context) => all[command](context, lease.id)));
    expect(refused === 'forbidden').toBe(!mayGive(command, role));
  });
});

describe('under the lock a customer', () => {
  const theirs = keysOf(commands).filter((command) => mayGive(command, 'customer'));

  it.each(theirs)('who does not have the lease, or has it no more, may not give %s', async (command) => {
    const [status] = table[command].in;
    const another: Actor = { role: 'customer', id: randomUUID() };
    const given = inStatus(status, another, (context) => commands[command](context, lease.id));
    await expect(given).rejects.toMatchObject({ code: 'not_found' });
  });

  const acts: Readonly<Record<string, UseCase>> = {
    'propose its transfer': (context, leaseId) =>
      proposeTransfer(context, deps.encryption, { transferId: randomUUID(), leaseId, phone: '+256772000123' }),
    'have somebody asked to answer for it': (context, leaseId) =>
      inviteGuarantor(context, deps.encryption, {
        guaranteeId: randomUUID(),
        leaseId,
        name: 'G',
        phone: '+256772000124',
      }),
    'ask for an exchange of its vehicle': (context, leaseId) =>
      requestUpgrade(context, { upgradeId: randomUUID(), leaseId, vehicleId: randomUUID(), planId: randomUUID() }),
  };

  it.each(keysOf(acts))('who does not have the lease, or has it no more, may not %s', async (act) => {
    const another: Actor = { role: 'customer', id: randomUUID() };
    const done = inStatus('active', another, (context) => acts[act]?.(context, lease.id) ?? Promise.resolve());
    await expect(done).rejects.toMatchObject({ code: 'not_found' });
  });
});
