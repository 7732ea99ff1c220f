import { desc, eq, sql, type SQL } from 'drizzle-orm';
import type { LeaseStatus } from '#domain/leases/status';
import type { Market } from '#domain/markets';
import { exact, type Currency } from '#domain/money';
import { callReasons, CALLS_A_DAY, type CallOutcome, type CallReason } from '#domain/portfolio/call-reasons';
import type { Queryable } from '../client.ts';
import { calls } from '../schema/index.ts';
import { localDay, ofMarket, zones } from './lease-sql.ts';

/** How each reason is seen, of a lease `l` that is collected and its facts `f`. */
const seen = {
  call_again: sql`f.call_again_on <= f.today`,
  promise_broken: sql`f.promise_broken`,
  first_instalment_missed: sql`f.days_past_due > 0 and not f.any_paid`,
  immobilise_soon: sql`l.status <> 'immobilised' and f.days_past_due > 0
    and (l.plan ->> 'immobiliseAfterDaysPastDue')::int - f.days_past_due between -1 and 3`,
  tracker_silent: sql`f.days_past_due > 0 and f.tracker_silent`,
  prompts_declined: sql`f.days_past_due > 0 and f.prompts_declined`,
  immobilised: sql`l.status = 'immobilised'`,
  in_arrears: sql`l.status = 'in_arrears'`,
} satisfies Record<CallReason, SQL>;
const reasons = Object.keys(callReasons).filter((name): name is CallReason => name in seen);

interface CallRow {
  readonly leaseId: string;
  readonly reference: string;
  readonly market: Market;
  readonly currency: Currency;
  readonly status: LeaseStatus;
  readonly customerId: string;
  readonly name: string;
  readonly phoneEncrypted: string | null;
  readonly language: string;
  readonly vehicleId: string;
  readonly daysPastDue: number;
  readonly overdue: number;
  /** In the order of `callReasons`, at least one. */
  readonly reasons: readonly CallReason[];
  readonly lastCall: { readonly on: string; readonly outcome: CallOutcome } | null;
}

/** What who had the lease before has said, broken or declined is no reason to ring whoever has it now, nor not to. */
const since = (at: string): SQL => sql`(l.transferred_at is null or ${sql.raw(at)} >= l.transferred_at)`;

/**
 * Whom to ring today and why, the most pressing first and the longest late of them. Not on it: who has promised for a
 * day to come, was reached or is to be rung on another day, was tried three times today, has money under way that may be
 * the answer, or whose lease is paused or its vehicle stolen.
 */
export async function callList(
  db: Queryable,
  { market, limit }: { readonly market?: Market | undefined; readonly limit: number },
): Promise<CallRow[]> {
  const found = sql.join(
    reasons.map((name) => sql`case when ${seen[name]} then ${name}::text end`),
    sql`, `,
  );
  const rows = await db.execute<{
    readonly [K in keyof CallRow]: CallRow[K] extends number ? string : CallRow[K];
  }>(sql`
    with ${zones},
    facts as (
      select l.id, z.zone, ${localDay()} as today, greatest(0, ${localDay()} - coalesce(l.oldest_unpaid_on, ${localDay()})) as days_past_due,
        last.outcome, last.on as called_on, last.call_again_on, coalesce(today_.tries, 0) as tries,
        exists (select from leases.promises p where p.lease_id = l.id and p.status = 'broken' and p.on >= ${localDay()} - 7 and ${since('p.made_at')}) as promise_broken,
        exists (select from leases.schedule_lines line where line.lease_id = l.id and line.version = l.schedule_version and line.paid > 0) as any_paid,
        exists (select from telematics.trackers t where t.vehicle_id = l.vehicle_id and t.revoked_at is null and t.online is false) as tracker_silent,
        (select count(*) = 3 and bool_and(a.status = 'failed') from (
          select status from payments.attempts where lease_id = l.id and kind = 'instalment' and ${since('requested_at')} order by created_at desc limit 3) a) as prompts_declined
      from leases.leases l join zones z on z.market = l.market
        left join lateral (select c.outcome, c.on, c.call_again_on from portfolio.calls c where c.lease_id = l.id and ${since('c.at')} order by c.number desc limit 1) last on true
        left join lateral (select count(*) as tries from portfolio.calls c where c.lease_id = l.id and c.on = ${localDay()} and ${since('c.at')}) today_ on true
      where l.status in ('active', 'in_arrears', 'immobilised') and ${ofMarket(market)}
        and (l.oldest_unpaid_on < ${localDay()} or last.call_again_on <= ${localDay()} or l.status <> 'active')
        and (l.promised_on is null or l.promised_on < ${localDay()})
        and not exists (select from payments.attempts a where a.lease_id = l.id and a.status in ('pending', 'unknown') and a.kind <> 'refund')
    ),
    list as (
      select f.*, array_remove(array[${found}], null) as reasons
      from facts f join leases.leases l on l.id = f.id
      where f.tries < ${CALLS_A_DAY}
        and (f.call_again_on > f.today) is not true
        and (f.called_on = f.today and f.outcome <> 'no_answer') is not true
    ),
    chosen as (
      select * from list where cardinality(reasons) > 0
      order by array_position(array[${sql.join(
        reasons.map((name) => sql`${name}::text`),
        sql`, `,
      )}], reasons[1]), days_past_due desc, id
      limit ${limit}
    )
    select l.id as "leaseId", l.reference, l.market, l.currency, l.status, l.customer_id as "customerId", u.name, u.phone_encrypted as "phoneEncrypted",
      u.language, l.vehicle_id as "vehicleId", c.days_past_due as "daysPastDue", c.reasons,
      case when c.outcome is null then null else json_build_object('on', c.called_on, 'outcome', c.outcome) end as "lastCall",
      coalesce((select sum(line.amount - line.paid - line.waived) from leases.schedule_lines line
        where line.lease_id = l.id and line.version = l.schedule_version and line.due_on < c.today), 0) as overdue
    from chosen c join leases.leases l on l.id = c.id join identity.users u on u.id = l.customer_id
    order by array_position(array[${sql.join(
      reasons.map((name) => sql`${name}::text`),
      sql`, `,
    )}], c.reasons[1]), c.days_past_due desc, c.id`);
  return rows.map((row) => ({ ...row, daysPastDue: Number(row.daysPastDue), overdue: exact(Number(row.overdue)) }));
}

/** The last hundred calls about a lease, the newest first. */
export async function callsOf(db: Queryable, leaseId: string) {
  const rows = await db.select().from(calls).where(eq(calls.leaseId, leaseId)).orderBy(desc(calls.number)).limit(100);
  return rows.map(({ number: _number, on: _on, ...call }) => call);
}
