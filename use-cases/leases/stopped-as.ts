import { openDeathOf } from '#db/queries/deaths';
import type { LeaseRow } from '#db/queries/leases';
import type { LeaseStatus } from '#domain/leases/status';
import type { Context } from '../context.ts';
import type { EpisodeRow } from '../immobilisation/episode-record.ts';

/**
 * The status by which a vehicle stays stopped or not. A report of the customer's death does not restart a stopped vehicle: anybody can
 * report one, and what is late stays due meanwhile. A proven death does, as every pause.
 */
export async function stoppedAs(
  { tx }: Pick<Context, 'tx'>,
  { status, customerId }: LeaseRow,
  episode: EpisodeRow | null,
): Promise<LeaseStatus> {
  if (status !== 'paused' || episode?.state !== 'stopped') return status;
  const death = await openDeathOf(tx, customerId);
  return death === undefined || death.confirmedAt !== null ? status : 'immobilised';
}
