import { and, eq } from 'drizzle-orm';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { maintenance } from '#db/schema/index';
import { Problem, TryLater } from '#domain/errors';
import { system, type Actor } from '#domain/identity/roles';
import type { CreditState } from '#domain/vehicles/maintenance';
import { doEach } from '#platform/attempt-each';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { UnderWay } from '#steering/under-way';
import { openCase } from '../cases/open-case.ts';
import { emit, record, transact } from '../context.ts';
import type { MaintenanceRow } from './book-maintenance.ts';
import { finishMaintenance } from './start-maintenance.ts';

interface Dependencies {
  readonly db: Database;
  readonly temporal: Client;
}

/** Work is done, and the customer has the days that he is owed for it, unless his lease cannot be asked now. @throws Problem as `finishMaintenance` */
export async function finishWork(
  deps: Dependencies,
  actor: Actor,
  input: Parameters<typeof finishMaintenance>[1],
): Promise<MaintenanceRow> {
  const work = await transact(deps.db, actor, new Date(), (context) => finishMaintenance(context, input));
  return { ...work, credit: await creditWorkshopDays(deps, work) };
}

/**
 * Gives a customer the days that he is owed, as the pause `repair` of his lease in the name of whoever said that the work is
 * done. The work is the key of that command: however often it is asked, it is one pause. What cannot be asked now stays due;
 * what the lease refuses somebody hears of.
 */
export async function creditWorkshopDays(deps: Dependencies, work: MaintenanceRow): Promise<CreditState> {
  const { id, leaseId, doneBy, creditDays: days, credit } = work;
  if (credit !== 'due' || leaseId === null || doneBy === null) return credit;
  try {
    const key = `maintenance ${id}` as CommandKey;
    await commandLease(deps, leaseId, 'pause', { actor: doneBy, kind: 'repair', days, isOwed: true, workId: id }, key);
  } catch (error) {
    if (error instanceof UnderWay || error instanceof TryLater) return 'due';
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'paused_by_operator') return 'due';
    return decideCredit(deps, work, 'refused', error.message);
  }
  return decideCredit(deps, work, 'given', null);
}

async function decideCredit(
  { db }: Dependencies,
  { id, vehicleId, leaseId, creditDays: days }: MaintenanceRow,
  credit: 'given' | 'refused',
  why: string | null,
): Promise<CreditState> {
  await transact(db, system('upkeep'), new Date(), async (context) => {
    const isDue = and(eq(maintenance.id, id), eq(maintenance.credit, 'due'));
    const [fresh] = await context.tx.update(maintenance).set({ credit }).where(isDue).returning({ id: maintenance.id });
    if (fresh === undefined) return;
    const detail = { maintenanceId: id, days, credit };
    await record(context, { type: 'vehicle.maintenance.credited', subject: vehicleId, detail });
    const told = { kind: 'days_not_credited', leaseId, paymentId: null, about: id } as const;
    if (credit !== 'refused') return;
    await openCase(context, { ...told, detail: { maintenanceId: id, vehicleId, days, why } });
    // Of what was given his lease tells its customer.
    if (leaseId !== null)
      await emit(context, {
        type: 'lease.days_not_credited',
        subject: leaseId,
        leaseId,
        data: { leaseId, maintenanceId: id, days },
      });
  });
  return credit;
}

/** Days that could not be given when the work was done. A lease that cannot be asked holds up no other. @returns how many pauses were given. */
export async function creditDaysLeft(deps: Dependencies, beat: () => void): Promise<number> {
  const due = await deps.db.select().from(maintenance).where(eq(maintenance.credit, 'due'));
  let given = 0;
  await doEach(due, async (work) => {
    beat();
    given += Number((await creditWorkshopDays(deps, work)) === 'given');
  });
  return given;
}
