import { sql } from 'drizzle-orm';
import { paymentProviders } from '#domain/markets';
import type { Queryable } from '../client.ts';

/** What a service level counts, and how long it may take to be in time, by the wall. */
const within = { collections: '15 minutes', payments: '1 minute', unlocks: '1 second' } as const;
export type Level = keyof typeof within;

/** Over which burn rates are read, longest last. */
const windows = { '5m': '5 minutes', '30m': '30 minutes', '1h': '1 hour', '6h': '6 hours' } as const;

const outcomes = ['in_time', 'late'] as const;

export interface Judged {
  readonly level: Level;
  readonly window: keyof typeof windows;
  readonly outcome: (typeof outcomes)[number];
  readonly value: number;
}

const keysOf = <Key extends string>(of: Readonly<Record<Key, string>>) => Object.keys(of) as Key[];

/** Each of them, where there is nothing to count. */
export const nothingJudged: readonly Judged[] = keysOf(within).flatMap((level) =>
  keysOf(windows).flatMap((window) => outcomes.map((outcome) => ({ level, window, outcome, value: 0 }))),
);

const span = (of: string) => sql.raw(`interval '${of}'`);
const providers = sql.raw(paymentProviders.map((name) => `'${name}'`).join(', '));

/** Prompts that leases send by themselves, judged when they have their turn: one that waits for it is not late yet. */
const collections = sql`
  select 'collections' as level, created_at as at, created_at - planned_at <= ${span(within.collections)} as good
  from payments.attempts
  where provider in (${providers}) and created_at > now() - ${span(windows['6h'])} and planned_at is not null`;

/**
 * Payments that a provider has confirmed, when their minute is up, in the books or not. Of those that were asked for in the
 * last seven hours: one that was in doubt for longer is seldom, and its confirmation is found by it. The wall's time of what is
 * kept by the lease's clock is as far from it as its request was.
 */
const payments = sql`
  select 'payments', confirmed_at + ${span(within.payments)},
    case when booked_at is null then booked else booked_at - confirmed_at <= ${span(within.payments)} end
  from (
    select settled_at - (requested_at - created_at) as confirmed_at, booked_at, transfer_id is not null as booked
    from payments.attempts
    where provider in (${providers}) and created_at > now() - interval '7 hours' and status = 'succeeded' and sent
  ) confirmed
  where confirmed_at + ${span(within.payments)} <= now()`;

/** When the tracker of a vehicle that may start answered that it was told to, or was seen to move: `heard.at` of `i`. */
export const heard = sql.raw(`left join lateral (
    select min(least(c.acknowledged_at, c.observed_at)) as at from telematics.commands c
    where c.vehicle_id = i.vehicle_id and c.type = 'mobilise' and c.issued_at >= i.starting_at
  ) heard on true`);
export const isOnline = sql.raw(
  'exists (select from telematics.trackers t where t.vehicle_id = i.vehicle_id and t.revoked_at is null and t.online)',
);

/**
 * Vehicles that may start again, when their second is up: told so, and answered by the tracker. Those whose tracker is
 * offline, or was meanwhile, are not counted: that is its network, and not ours.
 */
const unlocks = sql`
  select 'unlocks', i.starting_at + ${span(within.unlocks)},
    heard.at is not null and heard.at - i.starting_at <= ${span(within.unlocks)}
  from telematics.immobilisations i ${heard}
  where i.starting_at between now() - ${span(windows['6h'])} - ${span(within.unlocks)} and now() - ${span(within.unlocks)}
    and (heard.at is not null or (i.state <> 'ended' and ${isOnline}))
    and not exists (select from telematics.risk_events r where r.vehicle_id = i.vehicle_id and r.type = 'online'
      and r.occurred_at between i.starting_at and coalesce(heard.at, now()))`;

const counts = sql.raw(
  keysOf(windows)
    .map((name) => `count(*) filter (where at > now() - interval '${windows[name]}')::int as "${name}"`)
    .join(', '),
);
const lengths = sql.raw(
  keysOf(windows)
    .map((name) => `('${name}', "${name}")`)
    .join(', '),
);

/**
 * What was in time and what was late of the last minutes and hours, from what the books say of each payment and vehicle: a
 * process that starts again, or that was away, has missed nothing.
 */
export const serviceLevels = (db: Queryable) =>
  db.execute<Judged & Record<string, unknown>>(sql`
    with judged as (${collections} union all ${payments} union all ${unlocks}),
    counted as (select level, case when good then 'in_time' else 'late' end as outcome, ${counts} from judged group by 1, 2)
    select level, length.name as "window", outcome, length.value
    from counted cross join lateral (values ${lengths}) length (name, value)`);
