import { and, eq, inArray } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { closeCasesOf } from '../../../cases/close-case.ts';
import type { Context } from '../../../context.ts';

/** Nobody has to look any more at money that could not be given back from suspense, or not by itself. */
export async function closeGiveBackFailed(context: Context, inboundId: string, resolution: string): Promise<void> {
  const isIts = and(eq(cases.paymentId, inboundId), inArray(cases.kind, ['give_back_failed', 'money_after_end']));
  await closeCasesOf(context, isIts, resolution);
}
