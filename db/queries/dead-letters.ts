import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { codeKinds } from '#domain/notifications/sayings';
import type { Queryable } from '../client.ts';

export const deadLetterKinds = ['callback', 'telemetry', 'webhook', 'workflow', 'notification', 'unit_word'] as const;
type DeadLetterKind = (typeof deadLetterKinds)[number];

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

/** Whoever waits for a code asks for another one. One that was redriven is found by its id until it is delivered. */
const isOfNotifications = sql`n.asked_at is not null and n.template not in ${codeKinds}`;

/** What answers a text, or is the result of a wish by USSD. */
const isReply = sql`(n.template = 'reply' or n.key like 'ussd-%')`;

/** What answers a text is over once a later one was answered. */
const isDeadNotification = sql`(n.failed_at is not null and n.reason is distinct from 'overtaken' and not (${isReply} and exists (
  select from support.notifications r
  where r.user_id = n.user_id and (r.template = 'reply' or r.key like 'ussd-%') and r.created_at > n.created_at and r.sent_at is not null)))`;

/** Workflows that died or stand still, steps that were given up; and texts of before notifications had workflows. */
const caseKinds = sql`case
  when c.kind in ('text_refused', 'text_in_doubt') then 'notification' else 'workflow' end`;
const isOfCases = sql`(c.kind = 'workflow_died'
  or c.kind in ('text_refused', 'text_in_doubt') and not exists (
    select from support.notifications n where n.id::text = c.detail ->> 'notificationId' and n.asked_at is not null)
  or c.kind = 'activity_failing' and (c.detail ? 'givenUp' or c.detail ->> 'activity' = 'workflow_task'))`;

interface Part {
  readonly kinds: readonly DeadLetterKind[];
  /** Which of them a row is, where there are several. */
  readonly kind?: SQL;
  readonly rows: SQL;
  /** What is dead of them. */
  readonly dead: SQL;
  readonly at: SQL;
  readonly id: SQL;
  /** Which of them are counted, where not all are: what nobody can do again is looked at, and alarms for a day. */
  readonly counted?: SQL;
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
    kinds: ['callback'],
    rows: sql`select u.id, 'callback' as kind, 'unreadable' as reason, u.received_at as at, null::uuid as lease_id, true as dead,
        jsonb_build_object('sender', u.sender, 'unread', u.unread) as detail, null as payload, u.body_encrypted as sealed
      from support.unread_callbacks u where true`,
    dead: sql`true`,
    at: sql`u.received_at`,
    id: sql`u.id`,
    counted: sql`u.received_at > now() - interval '1 day'`,
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
    kinds: ['unit_word'],
    rows: sql`select w.letter_id as id, 'unit_word' as kind, case when w.kind = 'output' then 'output_not_heard' else 'not_heard' end as reason,
        coalesce(w.set_aside_at, w.received_at) as at, null::uuid as lease_id, w.set_aside_at is not null as dead,
        jsonb_build_object('vehicleId', w.vehicle_id, 'trackerId', w.tracker_id, 'word', w.kind, 'stopped', w.stopped, 'commandId', w.command_id,
          'answer', w.answer, 'receivedAt', w.received_at, 'failedBy', w.failed_by) as detail, null as payload, null as sealed
      from telematics.unit_words w where true`,
    dead: sql`w.set_aside_at is not null`,
    at: sql`w.set_aside_at`,
    id: sql`w.letter_id`,
    counted: sql`(w.kind <> 'output' or w.set_aside_at > now() - interval '1 day')`,
  },
  {
    kinds: ['webhook'],
    rows: sql`select d.id, 'webhook' as kind, coalesce(d.dead_for, d.status) as reason, d.created_at as at, null::uuid as lease_id,
        d.status = 'dead' as dead,
        jsonb_build_object('webhookId', d.endpoint_id, 'endpoint', (select e.status from webhooks.endpoints e where e.id = d.endpoint_id), 'type', d.type, 'subject', d.subject, 'tries', d.tries) as detail,
        d.body as payload, null as sealed
      from webhooks.deliveries d where true`,
    dead: sql`d.status = 'dead'`,
    at: sql`d.created_at`,
    id: sql`d.id`,
  },
  {
    kinds: ['notification'],
    rows: sql`select n.id, 'notification' as kind,
        case when ${isReply} then 'not_replied' when n.failed_at is not null and n.notice_encrypted is null then 'forgotten' else coalesce(n.reason, 'failed') end as reason,
        coalesce(n.failed_at, n.created_at) as at, n.lease_id,
        ${isDeadNotification} as dead,
        jsonb_build_object('template', n.template, 'userId', n.user_id, 'isLegal', n.is_legal, 'reason', n.reason) as detail,
        null as payload, n.body_encrypted as sealed
      from support.notifications n where ${isOfNotifications}`,
    dead: isDeadNotification,
    at: sql`n.failed_at`,
    id: sql`n.id`,
    counted: sql`(not ${isReply} or n.failed_at > now() - interval '1 day')`,
  },
  {
    kinds: ['workflow', 'notification'],
    kind: caseKinds,
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
  const pages = chosen.map(({ rows, dead, at, id, kind: of }) => {
    const older =
      before === undefined
        ? sql`true`
        : sql`(${at}, ${id}) < (${before.createdAt.toISOString()}::timestamptz, ${before.id}::uuid)`;
    const ofKind = of === undefined || kind === undefined ? sql`true` : sql`${of} = ${kind}`;
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
    parts.map(({ rows, dead, counted = sql`true` }) => sql`(${rows} and ${dead} and ${counted})`),
    sql` union all `,
  );
  return [
    ...(await db.execute<{ kind: DeadLetterKind; value: number }>(
      sql`select u.kind, count(*)::int as value from (${all}) u group by 1`,
    )),
  ];
}
