import type { PaymentDependencies } from '../dependencies.ts';
import { confirmInbound, refuteInbound, type Confirmation } from './confirm-inbound.ts';
import { tellLease } from '../tell-lease.ts';
import { giveToLease, leaseForInbound, putIntoSuspense } from './place-inbound.ts';

export type InboundActivities = ReturnType<typeof createInboundActivities>;

/** Payments that customers made by themselves, on the `payments` task queue. They go by the wall's clock. */
export function createInboundActivities(deps: PaymentDependencies) {
  type Inbound = { readonly inboundId: string };
  return {
    confirmInbound: ({ inboundId }: Inbound): Promise<Confirmation> => confirmInbound(deps, inboundId, new Date()),
    /** What the lease put off because it might have been paid is due. */
    refuteInbound: async ({ inboundId }: Inbound): Promise<void> => {
      await refuteInbound(deps, inboundId, new Date());
      const leaseId = await leaseForInbound(deps, inboundId);
      if (leaseId !== null) await tellLease(deps, leaseId);
    },
    leaseForInbound: ({ inboundId }: Inbound): Promise<string | null> => leaseForInbound(deps, inboundId),
    giveToLease: (input: Inbound & { readonly leaseId: string }): Promise<boolean> => giveToLease(deps, input),
    putIntoSuspense: ({ inboundId }: Inbound): Promise<void> => putIntoSuspense(deps, { inboundId, at: new Date() }),
  };
}
