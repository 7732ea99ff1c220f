import { and, eq, isNull } from 'drizzle-orm';
import { cases, hardships } from '#db/schema/index';
import { closeCasesOf } from '../cases/close-case.ts';
import type { Context } from '../context.ts';
import type { LeaseRow } from './lease-record.ts';

export type HardshipRow = typeof hardships.$inferSelect;

/** The relief that is asked for, and on which nobody has decided; one at a time. */
export async function undecided({ tx }: Context, leaseId: string): Promise<HardshipRow | undefined> {
  const isOpen = and(eq(hardships.leaseId, leaseId), isNull(hardships.decidedAt));
  const [row] = await tx.select().from(hardships).where(isOpen);
  return row;
}

/** The lease is over: nobody decides any more on relief that was asked for. Call it with the lease locked. */
export async function endHardshipRequest(context: Context, { id: leaseId }: LeaseRow): Promise<void> {
  const asked = await undecided(context, leaseId);
  if (asked === undefined) return;
  await context.tx.update(hardships).set({ decidedAt: context.at }).where(eq(hardships.id, asked.id));
  const isIts = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'hardship_to_decide'));
  await closeCasesOf(context, isIts, 'the lease is over');
}
