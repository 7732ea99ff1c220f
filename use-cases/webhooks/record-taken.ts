import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { ofSubjects } from '#db/queries/webhooks';
import type { Sent } from '#providers/webhooks/sender';
import type { WakingDependencies } from './dependencies.ts';
import { wakeInTurn } from './wake.ts';

interface Taken {
  readonly id: string;
  readonly endpointId: string;
  readonly subject: string;
  readonly sent: Sent;
}

/**
 * Writes down, in one statement, what endpoints that are well have taken, also what was given up meanwhile; then what
 * somebody has queued behind it meanwhile begins.
 */
export async function recordTaken(deps: WakingDependencies, taken: readonly Taken[]): Promise<undefined[]> {
  const at = new Date().toISOString();
  const tries = taken.map(({ id, sent: { status, milliseconds, answer } }) => {
    return { id: uuidv7(), delivery_id: id, status, milliseconds, answer };
  });
  await deps.db.execute(sql`
    with sent as (
      select * from json_to_recordset(${JSON.stringify(tries)}::json)
        as s(id uuid, delivery_id uuid, status int, milliseconds int, answer text)
    ), settled as (
      update webhooks.deliveries d
      set status = 'delivered', dead_for = null, settled_at = ${at}::timestamptz, next_at = null, tries = d.tries + 1
      from sent where d.id = sent.delivery_id returning d.id, d.tries
    )
    insert into webhooks.tries (id, delivery_id, number, at, milliseconds, status, answer)
    select sent.id, settled.id, settled.tries, ${at}::timestamptz, sent.milliseconds, sent.status, sent.answer
    from settled join sent on sent.delivery_id = settled.id`);
  await wakeInTurn(deps, ofSubjects(taken));
  return taken.map(() => undefined);
}
