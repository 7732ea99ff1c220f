import type { Database } from '#db/client';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import type { Actor } from '#domain/identity/roles';
import type { Order, Ordered, PreviewedCommand } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { transact, type Context } from '../context.ts';
import { changeDueDay } from './change-due-day.ts';
import { changeFrequency } from './change-frequency.ts';
import { lockLease, type LeaseRecord } from './lease-record.ts';
import { reAgeLease, reAmortiseLease, restructureLease } from './restructure-lease.ts';
import { undoRestructure } from './undo-restructure.ts';
import { usePaidAhead } from './use-paid-ahead.ts';

type UseCases = {
  readonly [Name in PreviewedCommand]: (context: Context, order: Ordered<Name>) => Promise<Standing>;
};

const useCases: UseCases = {
  restructure: restructureLease,
  changeDueDay,
  changeFrequency,
  usePaidAhead,
  reAge: reAgeLease,
  reAmortise: reAmortiseLease,
  undoRestructure,
};

/** Carries the lease out of a transaction of which nothing stays. */
class Seen extends Error {
  readonly record: LeaseRecord;

  constructor(record: LeaseRecord) {
    super('seen');
    this.record = record;
  }
}

/**
 * What a lease would be after a command: the command itself is carried out, and taken back.
 *
 * @throws Problem as the command
 */
export async function previewCommand<Name extends PreviewedCommand>(
  { db }: { readonly db: Database },
  actor: Actor,
  lease: LeaseRow,
  name: Name,
  order: Order<Name>,
): Promise<LeaseRecord> {
  const useCase: UseCases[Name] = useCases[name];
  try {
    return await transact(db, actor, leaseClock(lease), async (context) => {
      await useCase(context, { ...order, leaseId: lease.id });
      throw new Seen(await lockLease(context.tx, lease.id));
    });
  } catch (error) {
    if (error instanceof Seen) return error.record;
    throw error;
  }
}
