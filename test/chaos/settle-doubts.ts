import { localDateAt } from '#domain/calendar';
import { paymentProviders } from '#domain/markets';
import { fastForward } from '#platform/temporal/fast-forward';
import { leaseWorkflowId } from '#workflows/lease/messages';
import type { Eyes } from './holds.ts';
import type { Person } from './person.ts';

const DAY = 86_400_000;

/** What a night does for payments that nobody could say anything of: leases ask again, and statements decide the rest. */
export async function settleDoubts({ sql, temporal }: Eyes, admin: Person): Promise<void> {
  const open = await sql<{ leaseId: string }[]>`
    select distinct lease_id as "leaseId" from payments.attempts where status = 'unknown'`;
  await Promise.all(
    open.map(({ leaseId }) => fastForward(temporal, leaseWorkflowId(leaseId), DAY, 20_000).catch(() => null)),
  );
  const unnamed = await sql`
    update payments.attempts set created_at = created_at - interval '1 hour', requested_at = requested_at - interval '1 hour'
    where status = 'unknown' and provider_request_id is null returning id`;
  if (open.length === 0 && unnamed.length === 0) return;
  for (const provider of paymentProviders)
    for (const date of new Set([Date.now() - DAY / 24, Date.now()].map((at) => localDateAt(at, 'KE'))))
      await admin.does('a reconciliation', (client) =>
        client.post('/v1/reconciliations', { body: { provider, date } }),
      );
}
