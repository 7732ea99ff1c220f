import type { Database } from '#db/client';
import { currentKyc } from '#db/queries/kyc';
import { system } from '#domain/identity/roles';
import type { PlainActivities } from '#domain/leases/commands';
import type { KycStand } from '#domain/kyc/submission';
import type { Command, LeaseActivities, Step } from '#domain/leases/wire';
import type { Cause } from '#domain/cause';
import type { Standing } from '#domain/leases/standing';
import { businessDeadline } from '#use-cases/calendars/business-deadline';
import { transact, type Context } from '#use-cases/context';
import { advanceLease } from '#use-cases/leases/advance-lease';
import { changeCollection } from '#use-cases/leases/change-collection';
import { changeDueDay } from '#use-cases/leases/change-due-day';
import { changeFrequency } from '#use-cases/leases/change-frequency';
import { changePaymentMethod } from '#use-cases/leases/change-payment-method';
import { completeLease, endApplication } from '#use-cases/leases/end-lease';
import { extendHold } from '#use-cases/leases/extend-hold';
import { writeOffLease } from '#use-cases/leases/write-off';
import { handOver } from '#use-cases/leases/hand-over';
import { holdVehicle } from '#use-cases/leases/hold-vehicle';
import { chargeLateFees } from '#use-cases/leases/charge-late-fees';
import { waiveFees } from '#use-cases/leases/waive-fees';
import { lockLease, standingOf } from '#use-cases/leases/lease-record';
import { makeOffer } from '#use-cases/leases/make-offer';
import { noteHandoverOverdue } from '#use-cases/leases/note-handover-overdue';
import { noteOverdue } from '#use-cases/leases/note-overdue';
import { noteRisk } from '#use-cases/leases/note-risk';
import { noteSettlementStopped } from '#use-cases/leases/note-settlement-stopped';
import { once } from '#use-cases/leases/once';
import { pauseLease, resumeLease } from '#use-cases/leases/pause-lease';
import { checkPromise, promisePayment } from '#use-cases/leases/promise-payment';
import { recordApplication } from '#use-cases/leases/record-application';
import { reAgeLease, reAmortiseLease, restructureLease } from '#use-cases/leases/restructure-lease';
import { repossessVehicle } from '#use-cases/leases/repossess-vehicle';
import { recoverTheft, reportTheft } from '#use-cases/leases/report-theft';
import { confirmDeath, refuteDeath, reportDeath } from '#use-cases/leases/report-death';
import { decideHardship, requestHardship } from '#use-cases/leases/grant-hardship';
import { returnVehicle } from '#use-cases/leases/return-vehicle';
import { quoteSettlement } from '#use-cases/leases/settle-early';
import { signAgreement } from '#use-cases/leases/sign-agreement';
import { totalLoss } from '#use-cases/leases/total-loss';
import { undoRestructure } from '#use-cases/leases/undo-restructure';
import { usePaidAhead } from '#use-cases/leases/use-paid-ahead';
import { transferLease } from '#use-cases/parties/transfer-lease';
import type { StopActivities } from '#domain/telematics/wire';
import type { GateConfig } from '#use-cases/telematics/gate-facts';
import { lookAtImmobilisation, warnImmobilisation } from '#use-cases/telematics/warn-immobilisation';

type UseCase<Order, Answer> = (context: Context, order: Order) => Promise<Answer>;

/** The `leases` task queue's side of `LeaseActivities`. */
export function createLeaseActivities({
  db,
  config,
}: {
  readonly db: Database;
  readonly config: GateConfig;
}): LeaseActivities & PlainActivities & StopActivities {
  const step =
    <Order, Answer>(take: UseCase<Order, Answer>) =>
    (input: Order & Cause) =>
      transact(db, input.actor ?? system('lease'), new Date(input.at), (context) => take(context, input));
  /** What a person asked is carried out once. */
  const command = <Order>(carryOut: UseCase<Order, Standing>) =>
    step((context, input: Order & Command) => once(context, input, () => carryOut(context, input)));

  return {
    recordApplication: step(recordApplication),
    kycOf: ({ customerId }) => kycStandOf(db, customerId),
    readStanding: step(async ({ tx, at }, { leaseId }: Step) => standingOf(await lockLease(tx, leaseId), at)),
    // Where that is due by the books; the use case `changeStatus` moves it whatever they say.
    changeStatus: step(advanceLease),
    makeOffer: step(makeOffer),
    businessDeadline: (input) => businessDeadline(db, input),
    holdVehicle: command(holdVehicle),
    extendHold: command(extendHold),
    // Of old runs: `endApplication` gives the vehicle back. The use case of that name still releases.
    releaseVehicle: async () => {},
    signAgreement: command(signAgreement),
    handOver: command(handOver),
    completeLease: step(completeLease),
    endApplication: step(endApplication),
    pauseLease: command(pauseLease),
    resumeLease: command(resumeLease),
    restructureLease: command(restructureLease),
    promisePayment: command(promisePayment),
    checkPromise: step(checkPromise),
    chargeLateFees: step(chargeLateFees),
    waiveFees: command(waiveFees),
    quoteSettlement: step(quoteSettlement),
    noteSettlementStopped: step(noteSettlementStopped),
    writeOffLease: command(writeOffLease),
    returnVehicle: command(returnVehicle),
    repossessVehicle: command(repossessVehicle),
    changeDueDay: command(changeDueDay),
    changeFrequency: command(changeFrequency),
    usePaidAhead: command(usePaidAhead),
    reAgeLease: command(reAgeLease),
    reAmortiseLease: command(reAmortiseLease),
    undoRestructure: command(undoRestructure),
    totalLoss: command(totalLoss),
    transferLease: command(transferLease),
    reportDeath: command(reportDeath),
    confirmDeath: command(confirmDeath),
    refuteDeath: command(refuteDeath),
    requestHardship: command(requestHardship),
    decideHardship: command(decideHardship),
    reportTheft: command(reportTheft),
    recoverTheft: command(recoverTheft),
    changeCollection: command(changeCollection),
    changePaymentMethod: command(changePaymentMethod),
    noteOverdue: step(noteOverdue),
    noteHandoverOverdue: step(noteHandoverOverdue),
    noteRisk: step(noteRisk),
    warnImmobilisation: step((context, input: Step) => warnImmobilisation(context, config, input)),
    lookAtImmobilisation: step((context, input: Step) => lookAtImmobilisation(context, config, input)),
  };
}

async function kycStandOf(db: Database, customerId: string): Promise<KycStand | null> {
  const current = await currentKyc(db, customerId);
  return current === null ? null : { status: current.status, submissionId: current.submissionId };
}
