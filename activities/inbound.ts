import { leaseForInbound } from '#use-cases/payments/inbound-record';
import type { GiveBackActivities, InboundActivities } from '#domain/payments/wire';
import type { PaymentDependencies } from '#use-cases/payments/dependencies';
import { askGiveBack, doubtGiveBack } from '#use-cases/payments/suspense/give-back/ask-give-back';
import { giveBackAfterEnd } from '#use-cases/payments/suspense/give-back/give-back-after-end';
import { sendGiveBack } from '#use-cases/payments/suspense/give-back/send-give-back';
import { confirmInbound } from '#use-cases/payments/inbound/confirm-inbound';
import { giveToLease, putIntoSuspense } from '#use-cases/payments/inbound/place-inbound';
import { refuteInbound } from '#use-cases/payments/inbound/refute-inbound';
import { placeIfSigned } from '#use-cases/payments/suspense/place-what-waits';

/** The `payments` task queue's side of `InboundActivities` and `GiveBackActivities`. */
export function createInboundActivities(deps: PaymentDependencies): InboundActivities & GiveBackActivities {
  return {
    confirmInbound: ({ inboundId }) => confirmInbound(deps, inboundId, new Date()),
    refuteInbound: (input) => refuteInbound(deps, input, new Date()),
    leaseForInbound: (input) => leaseForInbound(deps, input),
    giveToLease: (input) => giveToLease(deps, input),
    putIntoSuspense: async ({ inboundId }) => {
      await putIntoSuspense(deps, { inboundId, at: new Date() });
      await giveBackAfterEnd(deps, { inboundId });
      await placeIfSigned(deps, { inboundId });
    },
    sendGiveBack: (input) => sendGiveBack(deps, input),
    askGiveBack: (input) => askGiveBack(deps, input),
    doubtGiveBack: (input) => doubtGiveBack(deps, input),
  };
}
