import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Queryable } from '../client.ts';

export const deadLetterKinds = ['callback', 'telemetry', 'webhook', 'workflow', 'notification'] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

const deadLetter = z.object({
  id: z.uuid(),
  kind: z.enum(deadLetterKinds),
  reason: z.string(),
  createdAt: z.coerce.date(),
  leaseId: z.uuid().nullable(),
  /** Whether it is still dead: one that was redriven, or is over, is found by its id. */
  dead: z.boolean(),
  detail: z.record(z.string(), z.unknown()),
  /** As it came; `sealed` is encrypted. */
  payload: z.string().nullable(),
  sealed: z.string().nullable(),
});
export type DeadLetter = z.infer<typeof deadLetter>;

/** Workflows that died or stand still, steps that were given up, and people whom no text reaches. */
const caseKinds = sql`case
  when c.kind in ('text_refused', 'text_in_doubt') then 'notification' else 'workflow' end`;
const isOfCases = sql`(c.kind in ('workflow_died', 'text_refused', 'text_in_doubt')
  or c.kind = 'activity_failing' and (c.detail ? 'givenUp' or c.detail ->> 'activity' = 'workflow_task'))`;

interface Part {
  readonly kinds: readonly DeadLetterKind[];
  readonly rows: SQL;
  /** What is dead of them. */
  readonly dead: SQL;
  readonly at: SQL;
  readonly id: SQL;
}

/** What each owner has, in its own tables. */
const parts: readonly Part[] = [
  {
    kinds: ['callback'],
    rows: sql`select b.id, 'callback' as kind, 'not_understood' as reason, b.received_at as at, a.lease_id,
        a.status in ('pending', 'unknown') as dead,
        jsonb_build_object('provider', b.provider, 'paymentId', b.attempt_id) as detail, null as payload, b.body_encrypted as sealed
      from payments.callbacks b join payments.attempts a on a.id = b.attempt_id where b.claim is null`,
    dead: sql`a.status in ('pending', 'unknown')`,
    at: sql`b.received_at`,
    id: sql`b.id`,
  },
  {
    kinds: ['telemetry'],
    rows: sql`select q.id, 'telemetry' as kind, q.reason, q.received_at as at, null::uuid as lease_id, true as dead,
        jsonb_build_object('trackerId', q.tracker_id, 'topic', q.topic, 'size', q.size) as detail, q.payload, null as sealed
      from telematics.quarantine q where true`,
    dead: sql`true`,
    at: sql`q.received_at`,
    id: sql`q.id`,
  },
  {
    kinds: ['webhook'],
    rows: sql`select d.id, 'webhook' as kind, coalesce(d.dead_for, d.status) as reason, d.created_at as at, null::uuid as lease_id,
        d.status = 'dead' as dead,
        jsonb_build_object('webhookId', d.endpoint_id, 'type', d.type, 'subject', d.subject, 'tries', d.tries) as detail,
        d.body as payload, null as sealed
      from webhooks.deliveries d where true`,
    dead: sql`d.status = 'dead'`,
    at: sql`d.created_at`,
    id: sql`d.id`,
  },
  {
    kinds: ['workflow', 'notification'],
    rows: sql`select c.id, ${caseKinds} as kind, c.kind as reason, c.opened_at as at, c.lease_id, c.status = 'open' as dead,
        c.detail, null as payload, null as sealed
      from payments.cases c where ${isOfCases}`,
    dead: sql`c.status = 'open'`,
    at: sql`c.opened_at`,
    id: sql`c.id`,
  },
];

async function read(db: Queryable, statement: SQL): Promise<DeadLetter[]> {
  const rows = await db.execute(sql`
    select l.id, l.kind, l.reason, l.at as "createdAt", l.lease_id as "leaseId", l.dead, l.detail, l.payload, l.sealed
    from (${statement}) l`);
  return z.array(deadLetter).parse([...rows]);
}

/** What waits for an operator, of every owner's tables, newest first. */
export function listDeadLetters(
  db: Queryable,
  kind: DeadLetterKind | undefined,
  {
    limit,
    before,
  }: { readonly limit: number; readonly before: { readonly createdAt: Date; readonly id: string } | undefined },
): Promise<DeadLetter[]> {
  const chosen = parts.filter(({ kinds }) => kind === undefined || kinds.includes(kind));
  const pages = chosen.map(({ rows, dead, at, id }) => {
    const older =
      before === undefined
        ? sql`true`
        : sql`(${at}, ${id}) < (${before.createdAt.toISOString()}::timestamptz, ${before.id}::uuid)`;
    const ofKind = kind === 'workflow' || kind === 'notification' ? sql`${caseKinds} = ${kind}` : sql`true`;
    return sql`(${rows} and ${dead} and ${older} and ${ofKind} order by ${at} desc, ${id} desc limit ${limit})`;
  });
  const all = sql.join(pages, sql` union all `);
  return read(db, sql`select * from (${all}) u order by u.at desc, u.id desc limit ${limit}`);
}

/** One of them, also when it is not dead any more. */
export async function findDeadLetter(db: Queryable, id: string): Promise<DeadLetter | undefined> {
  const found = parts.map(({ rows, id: its }) => sql`(${rows} and ${its} = ${id}::uuid)`);
  return (await read(db, sql.join(found, sql` union all `)))[0];
}

/** How many there are of each kind. */
export async function countDeadLetters(
  db: Queryable,
): Promise<{ readonly kind: DeadLetterKind; readonly value: number }[]> {
  const all = sql.join(
    parts.map(({ rows, dead }) => sql`(${rows} and ${dead})`),
    sql` union all `,
  );
  return [
    ...(await db.execute<{ kind: DeadLetterKind; value: number }>(
      sql`select u.kind, count(*)::int as value from (${all}) u group by 1`,
    )),
  ];
}
