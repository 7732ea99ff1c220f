import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { left, say } from './progress.ts';
import type { CapacityWorld } from './world.ts';

/** What became of one morning's prompts. Seconds count from the hour at which they were due. */
export interface Morning {
  readonly due: number;
  readonly prompted: number;
  readonly booked: number;
  readonly firstSent: number;
  readonly lastSent: number;
  /** As it was seen, some seconds later. */
  readonly lastBooked: number;
  /** The most that were sent in any second of the wall's clock. */
  readonly mostASecond: number;
  /** Prompts that the provider refused for their number: they were sent once more. */
  readonly refused: number;
}

const figures = z.object({
  prompted: z.coerce.number(),
  booked: z.coerce.number(),
  first: z.coerce.number().nullable(),
  last: z.coerce.number().nullable(),
  most: z.coerce.number().nullable(),
});

async function soFar({ database }: CapacityWorld) {
  const [row] = await database.db.execute(sql`
    with sent as (select extract(epoch from sent_at) * 1000 as at, transfer_id from payments.attempts where sent_at is not null)
    select count(*) as prompted, count(transfer_id) as booked, min(at) as first, max(at) as last, (select max(n) from (select count(*) as n from sent group by floor(at / 1000)) each) as most
    from sent`);
  return figures.parse(row);
}

const EVERY_MS = 3_000;
/** Without a payment for so long nothing more is waited for. */
const STILL_MS = 180_000;

/** Waits until everybody who is due has paid. @param dueAt on the wall, milliseconds @throws Error when payments stop coming */
export async function morning(world: CapacityWorld, { due, dueAt }: { due: number; dueAt: number }): Promise<Morning> {
  let moved = Date.now();
  for (let before = 0; ;) {
    await sleep(EVERY_MS);
    const { prompted, booked, first, last, most } = await soFar(world);
    if (booked !== before) moved = Date.now();
    before = booked;
    const seconds = (Date.now() - dueAt) / 1_000;
    say(`morning: ${booked} of ${due} booked, ${left(((due - booked) * seconds) / booked)}`);
    const isStuck = Date.now() - moved > STILL_MS;
    if (booked < due && !isStuck) continue;
    if (isStuck) say(`morning: ${due - booked} were not booked, and nothing has moved for ${STILL_MS / 1_000} s`);
    const after = (at: number | null) => ((at ?? Number.NaN) - dueAt) / 1_000;
    return {
      due,
      prompted,
      booked,
      firstSent: after(first),
      lastSent: after(last),
      lastBooked: seconds,
      mostASecond: most ?? 0,
      refused: await refusedPrompts(world),
    };
  }
}

/** By the simulators' own count: the answers with 429. */
async function refusedPrompts({ simulators }: CapacityWorld): Promise<number> {
  const { promptsRefused } = await simulators.get('/faults');
  return promptsRefused;
}
