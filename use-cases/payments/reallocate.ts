import { eq } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import type { AllocationPart } from '#domain/ledger/ledger';
import type { Context } from '../context.ts';

/**
 * Changes what payments are allocated to. The caller posts the transfer that says so in the same transaction. The parts of each payment
 * sum to what they did. Call it with the lease locked: leases ask it as well.
 */
export async function reallocate(
  { tx }: Context,
  changed: Iterable<readonly [paymentId: string, allocation: readonly AllocationPart[]]>,
): Promise<void> {
  for (const [id, allocation] of changed)
    await tx
      .update(attempts)
      .set({ allocation: [...allocation] })
      .where(eq(attempts.id, id));
}
