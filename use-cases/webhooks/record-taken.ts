import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Sent } from '#providers/webhooks/sender';
import type { WakingDependencies } from './dependencies.ts';

interface Taken {
  readonly id: string;
  readonly sent: Sent;
}

/** Writes down, in one statement, what endpoints that are well have taken, also what was given up meanwhile. */
export async function recordTaken(deps: Pick<WakingDependencies, 'db'>, taken: readonly Taken[]): Promise<undefined[]> {
  const at = new Date().toISOString();
  const all = <Value>(of: (one: Taken) => Value) => sql.param(taken.map(of));
  await deps.db.execute(sql`
    with sent as (
      select * from unnest(
        ${all(() => uuidv7())}::uuid[], ${all(({ id }) => id)}::uuid[], ${all(({ sent }) => sent.status)}::int[],
        ${all(({ sent }) => sent.milliseconds)}::int[], ${all(({ sent }) => sent.answer)}::text[]
      ) as s(id, delivery_id, status, milliseconds, answer)
    ), settled as (
      update webhooks.deliveries d
      set status = 'delivered', dead_for = null, settled_at = ${at}::timestamptz, next_at = null, tries = d.tries + 1
      from sent where d.id = sent.delivery_id returning d.id, d.tries
    )
    insert into webhooks.tries (id, delivery_id, number, at, milliseconds, status, answer)
    select sent.id, settled.id, settled.tries, ${at}::timestamptz, sent.milliseconds, sent.status, sent.answer
    from settled join sent on sent.delivery_id = settled.id`);
  return taken.map(() => undefined);
}
