import type { InboundActivities } from '#domain/payments/wire';
import type { PaymentDependencies } from '#use-cases/payments/dependencies';
import { confirmInbound } from '#use-cases/payments/inbound/confirm-inbound';
import { giveToLease, leaseForInbound, putIntoSuspense } from '#use-cases/payments/inbound/place-inbound';
import { refuteInbound } from '#use-cases/payments/inbound/refute-inbound';

/** The `payments` task queue's side of `InboundActivities`. */
export function createInboundActivities(deps: PaymentDependencies): InboundActivities {
  return {
    confirmInbound: ({ inboundId }) => confirmInbound(deps, inboundId, new Date()),
    refuteInbound: ({ inboundId }) => refuteInbound(deps, inboundId, new Date()),
    leaseForInbound: (input) => leaseForInbound(deps, input),
    giveToLease: (input) => giveToLease(deps, input),
    putIntoSuspense: ({ inboundId }) => putIntoSuspense(deps, { inboundId, at: new Date() }),
  };
}
