import { and, eq, gt, isNull, or } from 'drizzle-orm';
import type { Database } from '#db/client';
import { lapsingPapers } from '#db/queries/papers';
import { papers } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { isNeeded, LAPSE_NOTICES, lapseNotice } from '#domain/vehicles/papers';
import { doEach } from '#platform/attempt-each';
import { openCase } from '../cases/open-case.ts';
import { emit, record, transact, type Context } from '../context.ts';
import { lockVehicle } from './update-vehicle.ts';

type Lapsing = Awaited<ReturnType<typeof lapsingPapers>>[number];

/**
 * Tells of papers that lapse and were not renewed, once for each paper and notice.
 *
 * @param at the wall's time
 * @returns how many were told of
 */
export async function remindOfPapers(db: Database, at: Date, beat: () => void): Promise<number> {
  // One day more: the day of a market may be another than that of UTC.
  const before = addDays(localDateAt(at.getTime(), 'UG'), LAPSE_NOTICES[0] + 2);
  let told = 0;
  await doEach(await lapsingPapers(db, { before }), async (paper) => {
    beat();
    told += Number(await transact(db, system('upkeep'), at, (context) => remindOf(context, paper)));
  });
  return told;
}

/** @returns false where it was told already, or it is too early */
async function remindOf(context: Context, { id, vehicleId, market, kind, validUntil }: Lapsing): Promise<boolean> {
  const days = lapseNotice(validUntil, localDateAt(context.at.getTime(), market));
  if (days === null) return false;
  await lockVehicle(context, vehicleId);
  const [fresh] = await context.tx
    .update(papers)
    .set({ noticed: days })
    .where(and(eq(papers.id, id), or(isNull(papers.noticed), gt(papers.noticed, days))))
    .returning({ id: papers.id });
  if (fresh === undefined) return false;
  const data = { vehicleId, paperId: id, kind, validUntil, days };
  await record(context, { type: 'vehicle.paper.lapsing', subject: vehicleId, detail: data });
  await emit(context, { type: 'vehicle.paper.lapsing', subject: vehicleId, data });
  if (isNeeded(market, kind)) {
    const detail = { vehicleId, paperId: id, kind, validUntil };
    await openCase(context, {
      kind: 'paper_lapsing',
      about: `${vehicleId}:${kind}`,
      leaseId: null,
      paymentId: null,
      detail,
    });
  }
  return true;
}
