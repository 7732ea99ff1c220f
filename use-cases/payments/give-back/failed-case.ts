import { and, eq } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { closeCasesOf } from '../../cases/close-case.ts';
import type { Context } from '../../context.ts';

/** Nobody has to look any more at money that could not be given back from suspense. */
export async function closeGiveBackFailed(context: Context, inboundId: string, resolution: string): Promise<void> {
  const isIts = and(eq(cases.paymentId, inboundId), eq(cases.kind, 'give_back_failed'));
  await closeCasesOf(context, isIts, resolution);
}
