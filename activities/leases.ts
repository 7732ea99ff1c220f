import type { Database } from '#db/client';
import { currentKyc } from '#db/queries/kyc';
import { system } from '#domain/identity/roles';
import type { Cause, Command, LeaseActivities } from '#domain/leases/wire';
import type { Standing } from '#domain/leases/standing';
import { businessDeadline } from '#use-cases/calendars/business-deadline';
import { transact, type Context } from '#use-cases/context';
import { advanceLease } from '#use-cases/leases/advance-lease';
import { changeCollection } from '#use-cases/leases/change-collection';
import { changePaymentMethod } from '#use-cases/leases/change-payment-method';
import { completeLease, endApplication, writeOffLease } from '#use-cases/leases/end-lease';
import { handOver } from '#use-cases/leases/hand-over';
import { holdVehicle } from '#use-cases/leases/hold-vehicle';
import { chargeLateFees, waiveFees } from '#use-cases/leases/late-fees';
import { lockLease, standingOf } from '#use-cases/leases/lease-record';
import { makeOffer } from '#use-cases/leases/make-offer';
import { noteHandoverOverdue } from '#use-cases/leases/note-handover-overdue';
import { noteOverdue } from '#use-cases/leases/note-overdue';
import { noteRisk } from '#use-cases/leases/note-risk';
import { once } from '#use-cases/leases/once';
import { pauseLease, resumeLease } from '#use-cases/leases/pause-lease';
import { checkPromise, promisePayment } from '#use-cases/leases/promise-payment';
import { recordApplication } from '#use-cases/leases/record-application';
import { restructureLease } from '#use-cases/leases/restructure-lease';
import { quoteSettlement } from '#use-cases/leases/settle-early';
import { signAgreement } from '#use-cases/leases/sign-agreement';

type Work<T> = (context: Context) => Promise<T>;

/** The `leases` task queue's side of `LeaseActivities`. */
export function createLeaseActivities({ db }: { readonly db: Database }): LeaseActivities {
  const step = <T>({ at, actor }: Cause, work: Work<T>) => transact(db, actor ?? system('lease'), new Date(at), work);
  const command = (input: Command, work: Work<Standing>) =>
    step(input, (context) => once(context, input, () => work(context)));

  return {
    recordApplication: (input) => step(input, (context) => recordApplication(context, input)),
    kycOf: async ({ customerId }) => {
      const current = await currentKyc(db, customerId);
      return current === null ? null : { status: current.status, submissionId: current.submissionId };
    },
    readStanding: (input) => step(input, async ({ tx, at }) => standingOf(await lockLease(tx, input.leaseId), at)),
    changeStatus: (input) => step(input, (context) => advanceLease(context, input)),
    makeOffer: (input) => step(input, (context) => makeOffer(context, input)),
    businessDeadline: (input) => businessDeadline(db, input),
    holdVehicle: (input) => command(input, (context) => holdVehicle(context, input)),
    releaseVehicle: async () => {},
    signAgreement: (input) => command(input, (context) => signAgreement(context, input)),
    handOver: (input) => command(input, (context) => handOver(context, input)),
    completeLease: (input) => step(input, (context) => completeLease(context, input)),
    endApplication: (input) => step(input, (context) => endApplication(context, input)),
    pauseLease: (input) => command(input, (context) => pauseLease(context, input)),
    resumeLease: (input) => command(input, (context) => resumeLease(context, input)),
    restructureLease: (input) => command(input, (context) => restructureLease(context, input)),
    promisePayment: (input) => command(input, (context) => promisePayment(context, input)),
    checkPromise: (input) => step(input, (context) => checkPromise(context, input)),
    chargeLateFees: (input) => step(input, (context) => chargeLateFees(context, input)),
    waiveFees: (input) => command(input, (context) => waiveFees(context, input)),
    quoteSettlement: (input) => step(input, (context) => quoteSettlement(context, input)),
    writeOffLease: (input) => command(input, (context) => writeOffLease(context, input)),
    changeCollection: (input) => command(input, (context) => changeCollection(context, input)),
    changePaymentMethod: (input) => command(input, (context) => changePaymentMethod(context, input)),
    noteOverdue: (input) => step(input, (context) => noteOverdue(context, input)),
    noteHandoverOverdue: (input) => step(input, (context) => noteHandoverOverdue(context, input)),
    noteRisk: (input) => step(input, (context) => noteRisk(context, input)),
  };
}
