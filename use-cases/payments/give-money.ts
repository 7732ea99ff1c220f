import type { Actor } from '#domain/identity/roles';
import type { ReceivedMoney } from '#domain/payments/payment';
import type { Config } from '#platform/config';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import type { SteeringDependencies } from '../leases/dependencies.ts';
import { receiveAfterEnd } from './receive-after-end.ts';

/** Gives a lease money that is there already. One that has ended is booked beside its workflow. @throws as `commandLease` */
export async function giveMoney(
  deps: SteeringDependencies & { readonly config: Config },
  leaseId: string,
  input: { readonly actor: Actor; readonly money: ReceivedMoney },
  key?: CommandKey,
): Promise<void> {
  if (await receiveAfterEnd(deps, { leaseId, ...input })) return;
  await commandLease(deps, leaseId, 'receiveMoney', input, key);
}
