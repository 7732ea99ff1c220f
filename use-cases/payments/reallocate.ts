import { eq } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import type { AllocationPart } from '#domain/ledger/ledger';
import type { Context } from '../context.ts';

/**
 * What payments were for is another now, as the transfer says that is posted with it: what money pays is the books' to
 * say. The parts of each sum to what they did. Call it with the lease locked: leases ask it as well.
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
