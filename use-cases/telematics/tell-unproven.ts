import { and, eq, inArray, isNotNull, isNull, notInArray, or, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { cases, leases, trackers } from '#db/schema/index';
import { caseKey } from '#domain/cases';
import { system } from '#domain/identity/roles';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import { takesCommands, trackerKinds } from '#domain/telematics/tracker';
import { doEach } from '#platform/attempt-each';
import type { Config } from '#platform/config';
import { closeCasesOf } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import { transact } from '../context.ts';

interface Telling {
  readonly db: Database;
  readonly config: Pick<Config, 'RELAY_PROOF'>;
}

const running = leaseStatuses.filter(isRunning);
/** Once for a unit in the hands of a customer. */
const keyOf = sql`${caseKey('relay_not_proven', '')}::text || ${leases.id} || ':' || ${trackers.id}`;

/**
 * Tells an agent, once for each lease and unit, of a vehicle that a customer has and whose relay was never seen to stop and to start it: no
 * gate opens for it. The case closes by itself when there is nothing to tell any more. Upkeep looks every few minutes.
 */
export async function tellUnproven({ db, config }: Telling, beat: () => void): Promise<void> {
  if (config.RELAY_PROOF === 'trusted') return;
  const isUntold = sql`not exists (select from ${cases} where ${cases.key} = ${keyOf})`;
  const found = await db
    .select({ trackerId: trackers.id, vehicleId: trackers.vehicleId, leaseId: leases.id })
    .from(trackers)
    .innerJoin(leases, and(eq(leases.vehicleId, trackers.vehicleId), inArray(leases.status, running)))
    .where(
      and(
        isNull(trackers.revokedAt),
        isNull(trackers.relayProvenAt),
        inArray(trackers.kind, trackerKinds.filter(takesCommands)),
        sql`${leases.plan} ->> 'immobiliseAfterDaysPastDue' is not null`,
        isUntold,
      ),
    );
  await doEach(found, async ({ trackerId, vehicleId, leaseId }) => {
    beat();
    const detail = { vehicleId, trackerId };
    await transact(db, system('telematics'), new Date(), (context) =>
      openCase(context, {
        kind: 'relay_not_proven',
        leaseId,
        paymentId: null,
        about: `${leaseId}:${trackerId}`,
        detail,
      }),
    );
  });
  await closeProven(db);
}

async function closeProven(db: Database): Promise<void> {
  const isOver = or(
    isNotNull(trackers.revokedAt),
    isNotNull(trackers.relayProvenAt),
    notInArray(leases.status, running),
  );
  const over = db
    .select({ id: cases.id })
    .from(cases)
    .innerJoin(leases, eq(leases.id, cases.leaseId))
    .innerJoin(trackers, eq(cases.key, keyOf))
    .where(and(eq(cases.kind, 'relay_not_proven'), eq(cases.status, 'open'), isOver));
  await transact(db, system('telematics'), new Date(), (context) =>
    closeCasesOf(context, inArray(cases.id, over), 'its relay is proven, or nobody has the vehicle with it any more'),
  );
}
