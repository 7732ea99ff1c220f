import { and, eq, sql, type SQL } from 'drizzle-orm';
import { prebuiltUpdate } from '#db/prebuilt';
import { isOfErased, type CaseRow } from '#db/queries/cases';
import { cases } from '#db/schema/index';
import { caseKey, type CaseKind } from '#domain/cases';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';
import { whileOpen } from './open-case.ts';

/** Cases that are closed by what is decided about them: closed by hand, nobody would ever decide it. */
const decided: Readonly<Record<string, string>> = {
  backdated_cash: 'the day is confirmed or rejected',
  insurance_to_confirm: 'what the insurer pays is confirmed or rejected',
  sale_to_confirm: 'another admin says what the sale brought, which closes it',
  hardship_to_decide: 'relief is granted or declined',
  death_to_confirm: 'the death is confirmed or refuted',
  upgrade_waits: 'the exchange goes on, or is called off',
  transfer_to_confirm: 'the transfer is confirmed, or ended',
};

/** Cases of what an agent has done alone (`detail.agentId`): somebody else looks at it. */
const byAnother: ReadonlySet<string> = new Set(['cash_to_confirm'] satisfies CaseKind[]);

/**
 * A person has looked at a case and says what came of it.
 *
 * @throws Problem not_found, or invalid_state when it is closed; unprocessable where more is to be decided; same_person for whoever it is about.
 */
export async function closeCase(context: Context, input: { id: string; resolution: string }): Promise<CaseRow> {
  const [before] = await context.tx.select().from(cases).where(eq(cases.id, input.id)).for('update');
  if (before === undefined) throw new Problem('not_found');
  const otherwise = decided[before.kind];
  if (otherwise !== undefined) throw new Problem('unprocessable', otherwise);
  if (before.status === 'closed') throw new Problem('invalid_state', 'the case is closed already');
  if (byAnother.has(before.kind) && before.detail['agentId'] === context.actor.id)
    throw new Problem('same_person', 'somebody else confirms what one has taken');
  const [closed] = await closeCasesOf(context, eq(cases.id, input.id), input.resolution);
  if (closed === undefined) throw new Problem('not_found');
  return closed;
}

/**
 * Closes those of the cases that are open, each with its audit entry, in the name of whoever acts. What a person says came of
 * one about somebody who was erased is not kept: it may name him.
 */
export async function closeCasesOf(context: Context, which: SQL | undefined, resolution: string): Promise<CaseRow[]> {
  const closed = await context.tx
    .update(cases)
    .set({ ...closing(context, resolution), ...(context.actor.role !== 'system' && { resolution: kept(resolution) }) })
    .where(and(which, eq(cases.status, 'open')))
    .returning();
  return recordClosed(context, closed);
}

/** As `closeCasesOf`, the open one that is about something, where there is one: what each payment asks. */
export async function closeCaseAbout(
  context: Context,
  kind: CaseKind,
  about: string,
  resolution: string,
): Promise<CaseRow[]> {
  return recordClosed(
    context,
    await updateOpen(context.tx, closing(context, resolution), { key: caseKey(kind, about) }),
  );
}

const updateOpen = prebuiltUpdate(cases, (db, set, given) =>
  db
    .update(cases)
    .set(set)
    .where(and(eq(cases.key, given('key')), whileOpen))
    .returning(),
);

function closing({ actor, at }: Context, resolution: string) {
  const closedBy = actor.role === 'system' ? null : actor.id;
  return { status: 'closed' as const, closedAt: at, closedBy, resolution };
}

const kept = (resolution: string) => sql<string>`case when ${isOfErased} then 'erased' else ${resolution} end`;

async function recordClosed(context: Context, closed: readonly CaseRow[]): Promise<CaseRow[]> {
  for (const { id, leaseId, kind, paymentId, resolution } of closed)
    await record(context, {
      key: `case.closed:${id}`,
      type: 'case.closed',
      subject: id,
      leaseId,
      detail: { caseId: id, kind, paymentId, resolution },
    });
  return [...closed];
}
