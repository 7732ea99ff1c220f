import { sql } from 'drizzle-orm';
import { running } from '#db/queries/lease-sql';
import type { Database } from '#db/client';
import { leaseClock } from '#db/queries/leases';
import { caseKey } from '#domain/cases';
import { system } from '#domain/identity/roles';
import { dueFor } from '#domain/leases/due';
import { doEach } from '#platform/attempt-each';
import { transact } from '../context.ts';
import { noteSettlementStopped } from './note-settlement-stopped.ts';

/**
 * Settlements of which a part is paid, and that nobody went on with while their quote was good, are told to somebody: what
 * stopped them was no case yet then. Harmless to repeat; what was told once is not told again.
 */
export async function tellStoppedSettlements(db: Database, beat: () => void): Promise<void> {
  const ended = await db.execute<{ readonly leaseId: string; readonly quoteId: string; readonly ahead: string }>(sql`
    select q.id as "quoteId", q.lease_id as "leaseId", l.clock_offset_ms as ahead
    from leases.settlement_quotes q join leases.leases l on l.id = q.lease_id and l.status in (${running})
    where q.quoted_at > now() - interval '30 days' and q.used_at is null and q.paid_at is null
      and q.valid_until <= now() + l.clock_offset_ms * interval '1 millisecond'
      and exists (select from payments.attempts a
        where a.lease_id = q.lease_id and a.due = ${dueFor('settlement', '')} || q.id and a.status = 'succeeded')
      and not exists (select from payments.cases c where c.key = ${caseKey('settlement_stopped', '')} || q.id)`);
  await doEach(ended, async ({ leaseId, quoteId, ahead }) => {
    beat();
    const at = leaseClock({ clockOffsetMs: Number(ahead) });
    await transact(db, system('upkeep'), at, (context) => noteSettlementStopped(context, { leaseId, quoteId }));
  });
}
