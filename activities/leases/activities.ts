import type { Database } from '#db/client';
import { currentKyc } from '#db/queries/kyc';
import type { CreditConditions } from '#domain/credit/assessment';
import { system, type Actor } from '#domain/identity/roles';
import type { KycStand, KycStatus } from '#domain/kyc/submission';
import type { SettlementQuote } from '#domain/leases/settlement';
import type { Standing } from '#domain/leases/standing';
import { businessDeadline } from '../calendars/business-deadline.ts';
import { record, transact, type Context } from '../context.ts';
import { openCase } from '../payments/open-case.ts';
import { advanceLease } from './advance-lease.ts';
import { changeCollection } from './change-collection.ts';
import { changePaymentMethod } from './change-payment-method.ts';
import type { StatusChange } from './change-status.ts';
import { completeLease, endApplication, writeOffLease } from './end-lease.ts';
import { handOver } from './hand-over.ts';
import { holdVehicle } from './hold-vehicle.ts';
import { lockLease, standingOf } from './lease-record.ts';
import { chargeLateFees, waiveFees } from './late-fees.ts';
import { makeOffer } from './make-offer.ts';
import { noteOverdue } from './note-overdue.ts';
import { once } from './once.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { checkPromise, promisePayment } from './promise-payment.ts';
import { recordApplication, type Application } from './record-application.ts';
import { restructureLease } from './restructure-lease.ts';
import { quoteSettlement } from './settle-early.ts';
import { signAgreement } from './sign-agreement.ts';
import { termsOf, type LeaseTerms } from './terms.ts';

/** `at` is the lease's own time, ISO 8601 UTC; `actor` is who caused it, the lease itself when absent. */
interface Cause {
  readonly at: string;
  readonly actor?: Actor;
}

/** What the workflow needs to know of a lease that was applied for. */
export interface Applied {
  readonly reference: string;
  readonly customerId: string;
  readonly vehicleId: string;
  readonly standing: Standing;
  readonly terms: LeaseTerms;
}

/** `commandId` is the update's: carried out once, however often the activity runs. What was sent of old has none. */
interface Command extends Cause {
  readonly commandId?: string;
}

export interface RiskFact {
  readonly riskEventId: string;
  readonly type: string;
  readonly severity: string;
  readonly vehicleId: string;
  readonly occurredAt: string;
  readonly details: Record<string, unknown>;
}

export type LeaseActivities = ReturnType<typeof createLeaseActivities>;

/** The activities of the `leases` task queue: each is one transaction. */
export function createLeaseActivities({ db }: { readonly db: Database }) {
  const inTransaction = <T>({ at, actor }: Cause, work: Parameters<typeof transact<T>>[3]) =>
    transact(db, actor ?? system('lease'), new Date(at), work);
  const command = (input: { readonly leaseId: string } & Command, work: (context: Context) => Promise<Standing>) =>
    inTransaction(input, (context) => once(context, input, () => work(context)));
  const standing = (leaseId: string, at: string): Promise<Standing> =>
    inTransaction({ at }, async ({ tx }) => standingOf(await lockLease(tx, leaseId), new Date(at)));

  return {
    recordApplication: (input: Application & Cause): Promise<Applied> =>
      inTransaction(input, async (context) => {
        const row = await recordApplication(context, input);
        return {
          reference: row.reference,
          customerId: row.customerId,
          vehicleId: row.vehicleId,
          standing: standingOf({ row, lines: [] }, context.at),
          terms: termsOf(row),
        };
      }),

    /** A bare status is what it answered in histories of before; none answers so any more. */
    kycOf: async ({ customerId }: { customerId: string }): Promise<KycStand | KycStatus | null> => {
      const current = await currentKyc(db, customerId);
      return current === null ? null : { status: current.status, submissionId: current.submissionId };
    },

    readStanding: ({ leaseId, at }: { leaseId: string } & Cause): Promise<Standing> => standing(leaseId, at),

    changeStatus: (change: StatusChange & Cause): Promise<Standing> =>
      inTransaction(change, (context) => advanceLease(context, change)),

    makeOffer: (
      input: { leaseId: string; conditions: CreditConditions | null } & Cause,
    ): Promise<{ deposit: number; standing: Standing }> =>
      inTransaction(input, async (context) => {
        const { deposit } = await makeOffer(context, input);
        return { deposit, standing: standingOf(await lockLease(context.tx, input.leaseId), context.at) };
      }),

    businessDeadline: (input: Parameters<typeof businessDeadline>[1]): Promise<number> => businessDeadline(db, input),

    holdVehicle: ({ until, ...input }: { leaseId: string; until: string } & Command): Promise<Standing> =>
      command(input, async (context) => {
        await holdVehicle(context, { leaseId: input.leaseId, until: new Date(until) });
        return standingOf(await lockLease(context.tx, input.leaseId), context.at);
      }),

    /** Histories of before ask for it ahead of the end: `endApplication` gives the vehicle back, under the lock. */
    releaseVehicle: async (_input: { leaseId: string; reason: string } & Cause): Promise<void> => {},

    signAgreement: (input: Parameters<typeof signAgreement>[1] & Command): Promise<Standing> =>
      command(input, (context) => signAgreement(context, input)),

    handOver: (input: { leaseId: string; odometerKm: number } & Command): Promise<Standing> =>
      command(input, (context) => handOver(context, input)),

    completeLease: (input: { leaseId: string } & Cause): Promise<Standing> =>
      inTransaction(input, (context) => completeLease(context, input)),

    endApplication: (input: Parameters<typeof endApplication>[1] & Cause): Promise<Standing> =>
      inTransaction(input, (context) => endApplication(context, input)),

    pauseLease: (input: Parameters<typeof pauseLease>[1] & Command): Promise<Standing> =>
      command(input, (context) => pauseLease(context, input)),

    resumeLease: (input: { leaseId: string } & Command): Promise<Standing> =>
      command(input, (context) => resumeLease(context, input)),

    restructureLease: (input: Parameters<typeof restructureLease>[1] & Command): Promise<Standing> =>
      command(input, (context) => restructureLease(context, input)),

    promisePayment: (input: Parameters<typeof promisePayment>[1] & Command): Promise<Standing> =>
      command(input, (context) => promisePayment(context, input)),

    checkPromise: (input: { leaseId: string } & Cause): Promise<Standing> =>
      inTransaction(input, (context) => checkPromise(context, input)),

    chargeLateFees: (input: { leaseId: string } & Cause): Promise<{ charged: number; standing: Standing }> =>
      inTransaction(input, (context) => chargeLateFees(context, input)),

    waiveFees: (input: Parameters<typeof waiveFees>[1] & Command): Promise<Standing> =>
      command(input, (context) => waiveFees(context, input)),

    quoteSettlement: (input: { leaseId: string } & Cause): Promise<SettlementQuote> =>
      inTransaction(input, (context) => quoteSettlement(context, input)),

    writeOffLease: (input: Parameters<typeof writeOffLease>[1] & Command): Promise<Standing> =>
      command(input, (context) => writeOffLease(context, input)),

    changeCollection: (input: Parameters<typeof changeCollection>[1] & Command): Promise<Standing> =>
      command(input, (context) => changeCollection(context, input)),

    /** Histories of before have no answer to it. */
    changePaymentMethod: (input: Parameters<typeof changePaymentMethod>[1] & Command): Promise<Standing> =>
      command(input, (context) => changePaymentMethod(context, input)),

    noteOverdue: (input: Parameters<typeof noteOverdue>[1] & Cause): Promise<{ overdue: number }> =>
      inTransaction(input, (context) => noteOverdue(context, input)),

    /** Nobody handed the vehicle over in time: a case for the agents. */
    noteHandoverOverdue: (input: { leaseId: string } & Cause): Promise<void> =>
      inTransaction(input, (context) =>
        openCase(context, { kind: 'handover_overdue', leaseId: input.leaseId, paymentId: null, detail: {} }),
      ),

    /** Puts what telematics saw on the lease's timeline, once an event. */
    noteRisk: (input: { leaseId: string; risk: RiskFact } & Cause): Promise<void> =>
      inTransaction(input, async (context) => {
        const { riskEventId, ...facts } = input.risk;
        await record(context, {
          key: `risk:${riskEventId}`,
          type: 'telematics.risk.detected',
          subject: input.risk.vehicleId,
          leaseId: input.leaseId,
          detail: { riskEventId, ...facts },
        });
      }),
  };
}
