import { eq } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';

export type CaseRow = typeof cases.$inferSelect;

/** A person has looked at a case and says what came of it. @throws Problem not_found, or invalid_state when it is closed. */
export async function closeCase(context: Context, input: { id: string; resolution: string }): Promise<CaseRow> {
  const { tx, actor, at } = context;
  const [before] = await tx.select().from(cases).where(eq(cases.id, input.id)).for('update');
  if (before === undefined) throw new Problem('not_found');
  if (before.status === 'closed') throw new Problem('invalid_state', 'the case is closed already');
  const [closed] = await tx
    .update(cases)
    .set({ status: 'closed', closedAt: at, closedBy: actor.id, resolution: input.resolution })
    .where(eq(cases.id, input.id))
    .returning();
  if (closed === undefined) throw new Problem('not_found');
  await record(context, {
    key: `case.closed:${input.id}`,
    type: 'case.closed',
    subject: input.id,
    leaseId: before.leaseId,
    detail: { caseId: input.id, kind: before.kind, paymentId: before.paymentId, resolution: input.resolution },
  });
  return closed;
}
