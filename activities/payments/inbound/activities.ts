import type { PaymentDependencies } from '../dependencies.ts';
import { confirmInbound, refuteInbound, type Confirmation } from './confirm-inbound.ts';
import { giveToLease, leaseForInbound, putIntoSuspense } from './place-inbound.ts';

export type InboundActivities = ReturnType<typeof createInboundActivities>;

/** Payments that customers made by themselves, on the `payments` task queue. They go by the wall's clock. */
export function createInboundActivities(deps: PaymentDependencies) {
  type Inbound = { readonly inboundId: string };
  return {
    confirmInbound: ({ inboundId }: Inbound): Promise<Confirmation> => confirmInbound(deps, inboundId, new Date()),
    refuteInbound: ({ inboundId }: Inbound): Promise<void> => refuteInbound(deps, inboundId, new Date()),
    leaseForInbound: ({ inboundId }: Inbound): Promise<string | null> => leaseForInbound(deps, inboundId),
    giveToLease: (input: Inbound & { readonly leaseId: string }): Promise<boolean> => giveToLease(deps, input),
    putIntoSuspense: ({ inboundId }: Inbound): Promise<void> => putIntoSuspense(deps, { inboundId, at: new Date() }),
  };
}
