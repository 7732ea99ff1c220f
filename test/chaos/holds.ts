import type postgres from 'postgres';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { differencesFromTruth } from '#dev/backup/truth';
import { SimulatorClient } from '#dev/simulator-client';
import type { Config } from '#platform/config';
import { compareLeases } from '#use-cases/upkeep/compare-leases';
import type { Lives } from './lives.ts';

export interface Eyes {
  readonly db: Database;
  readonly sql: postgres.Sql;
  readonly temporal: Client;
  readonly config: Config;
  readonly simulators: string;
}

/** A line for each thing that is not as it must be. */
export type Findings = readonly string[];

/** What must hold whenever the platform has come to rest, by what the report calls it. */
export const holds = {
  'the books equal what was charged': async ({ config, simulators, sql }: Eyes): Promise<Findings> => {
    const { differences } = await differencesFromTruth(config.DATABASE_URL, simulators);
    const sums = await sql<{ currency: string }[]>`
      select currency from ledger.entries group by currency having sum(amount) <> 0`;
    const torn = await sql<{ id: string }[]>`
      select transfer_id as id from ledger.entries group by transfer_id having sum(amount) <> 0`;
    return [
      ...differences,
      ...sums.map(({ currency }) => `debits and credits in ${currency} differ`),
      ...torn.map(({ id }) => `transfer ${id} does not balance`),
    ];
  },
  'nobody was charged twice': async ({ simulators, sql }: Eyes): Promise<Findings> => {
    const { data } = await new SimulatorClient(simulators).get('/transactions');
    const seen = new Map<string, number>();
    for (const { reference } of data) if (reference !== null) seen.set(reference, (seen.get(reference) ?? 0) + 1);
    // A pay-bill's reference is the lease's, and comes as often as somebody pays.
    const ours = await sql<
      { id: string }[]
    >`select id from payments.attempts where id::text = any(${[...seen.keys()]})`;
    const dues = await sql<{ leaseId: string; due: string; paid: number }[]>`
      select lease_id as "leaseId", due, count(*)::int as paid from payments.attempts
      where status = 'succeeded' and kind in ('deposit', 'instalment', 'fee', 'settlement')
      group by lease_id, due having count(*) > 1`;
    return [
      ...ours
        .filter(({ id }) => (seen.get(id) ?? 0) > 1)
        .map(({ id }) => `payment ${id} was charged ${seen.get(id)} times`),
      ...dues.map(({ leaseId, due, paid }) => `lease ${leaseId} paid ${due} ${paid} times`),
    ];
  },
  'nothing that was acknowledged is lost': async ({ sql }: Eyes, { promised }: Lives): Promise<Findings> => {
    const absent = async (what: string, ids: ReadonlySet<string>, found: readonly { id: string }[]) => {
      const there = new Set(found.map(({ id }) => id));
      return [...ids].filter((id) => !there.has(id)).map((id) => `${what} ${id} is gone`);
    };
    const payments = await sql<
      { id: string }[]
    >`select id from payments.attempts where id = any(${[...promised.payments]})`;
    const leases = await sql<{ id: string }[]>`select id from leases.leases where id = any(${[...promised.leases]})`;
    return [
      ...(await absent('the payment', promised.payments, payments)),
      ...(await absent('the lease', promised.leases, leases)),
    ];
  },
  'each lease has its workflow, and both agree': async ({ db, temporal, config }: Eyes): Promise<Findings> => {
    const { found } = await compareLeases({ db, temporal, config }, false);
    return found.map(({ leaseId, difference }) => `lease ${leaseId}: ${difference}`);
  },
  'each acknowledged position is stored once': async ({ sql }: Eyes, { vehicles }: Lives): Promise<Findings> => {
    const rows = await sql<{ id: string; sequence: number; times: number }[]>`
      select id, sequence, count(*)::int as times from (
        select tracker_id as id, sequence::int as sequence from telematics.positions where sequence ~ '^[0-9]+$'
        union all
        select tracker_id, (payload::jsonb ->> 'seq')::int from telematics.quarantine where payload is json) said
      group by id, sequence`;
    const stored = new Map(rows.map(({ id, sequence, times }) => [`${id} ${sequence}`, times]));
    return vehicles.flatMap(({ trackerId, acknowledged }) => {
      const times = [...acknowledged].map((sequence) => stored.get(`${trackerId} ${sequence}`) ?? 0);
      const lost = times.filter((one) => one === 0).length;
      const doubled = times.filter((one) => one > 1).length;
      return [
        ...(lost > 0 ? [`${lost} positions of tracker ${trackerId} are gone`] : []),
        ...(doubled > 0 ? [`${doubled} positions of tracker ${trackerId} are there twice`] : []),
      ];
    });
  },
  'no vehicle is stopped that moves': async ({ sql }: Eyes): Promise<Findings> => {
    // What was known when the order was given: the newest place by the tracker's clock, which stands and is fresh.
    const blind = await sql<{ id: string; speed: number | null; age: number | null }[]>`
      select c.id, p.speed_kph::float8 as speed, extract(epoch from c.issued_at - p.ts)::float8 as age
      from telematics.commands c left join lateral (
        select ts, speed_kph, ignition from telematics.positions
        where tracker_id = c.tracker_id and received_at < c.issued_at order by ts desc limit 1) p on true
      where c.type = 'immobilise' and (p.ts is null or p.speed_kph > 0 or p.ignition or c.issued_at - p.ts > interval '61 seconds')`;
    return blind.map(({ id, speed, age }) => `order ${id} to stop, at ${speed} km/h, ${age} s ago`);
  },
} as const satisfies Record<string, (eyes: Eyes, lives: Lives) => Promise<Findings>>;

export type Hold = keyof typeof holds;

/** Everything that does not hold now, by what must. */
export async function whatDoesNotHold(eyes: Eyes, lives: Lives): Promise<ReadonlyMap<Hold, Findings>> {
  const found = new Map<Hold, Findings>();
  for (const [name, look] of Object.entries(holds) as [Hold, (typeof holds)[Hold]][]) {
    const lines = await look(eyes, lives);
    if (lines.length > 0) found.set(name, lines);
  }
  return found;
}
