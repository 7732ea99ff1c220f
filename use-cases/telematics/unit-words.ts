import { and, asc, eq, min, sql } from 'drizzle-orm';
import type postgres from 'postgres';
import type { Database } from '#db/client';
import { unitWords } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { CommandAnswer } from '#domain/telematics/immobilisation/command';
import { transact, type Context } from '../context.ts';
import { noteAcknowledgement } from './note-acknowledgement.ts';
import { observeOutput } from './observe-output.ts';
import { onVehicle } from './on-vehicle.ts';
import { tellIfItMustMove } from './tell-if-it-must-move.ts';

/** What a tracker says that matters to a command, and whose lease has to be locked for it. Times are epoch milliseconds. */
export type UnitWord = { readonly trackerId: string; readonly vehicleId: string } & (
  | { readonly kind: 'output'; readonly stopped: boolean; readonly ts: number; readonly changed: boolean }
  /** Of a vehicle that is its customer's own. */
  | { readonly kind: 'back' }
  | {
      readonly kind: 'answer';
      readonly commandId: string;
      readonly answer: CommandAnswer;
      readonly reason: string | null;
      /** By the tracker's own clock; null where it did not say. */
      readonly ts: number | null;
      readonly receivedAt: number;
    }
);

type Row = typeof unitWords.$inferSelect;

/** Milliseconds for which a word waits for its lease, before those of others are heard. */
const PATIENCE = 300;

/**
 * Keeps what trackers say of commands, in the transaction of their batch, which waits for nobody's lease: of outputs and of who is
 * back what somebody waits for, and that a vehicle stands which did not.
 */
export async function keepWords(tx: postgres.TransactionSql, words: readonly UnitWord[]): Promise<void> {
  if (words.length === 0) return;
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const [outputs, answers] = [words.map(ofOutput), words.map(ofAnswer)];
  await tx`
    insert into telematics.unit_words (tracker_id, vehicle_id, kind, stopped, ts, command_id, answer, reason, received_at)
    select w.tracker_id, w.vehicle_id, w.kind, w.stopped::boolean, w.ts, w.command_id, w.answer, w.reason, coalesce(w.received_at, now())
    from unnest(
      ${words.map(({ trackerId }) => trackerId)}::uuid[],
      ${words.map(({ vehicleId }) => vehicleId)}::uuid[],
      ${words.map(({ kind }) => kind)}::text[],
      ${outputs.map((one) => (one === null ? null : String(one.stopped)))}::text[],
      ${outputs.map((one) => String(one?.stopped === true && one.changed))}::text[],
      ${words.map((one) => (one.kind === 'back' ? null : iso(one.ts)))}::timestamptz[],
      ${answers.map((one) => one?.commandId ?? null)}::uuid[],
      ${answers.map((one) => one?.answer ?? null)}::text[],
      ${answers.map((one) => one?.reason ?? null)}::text[],
      ${answers.map((one) => iso(one?.receivedAt ?? null))}::timestamptz[]
    ) with ordinality as w(tracker_id, vehicle_id, kind, stopped, is_news, ts, command_id, answer, reason, received_at, place)
    where w.kind = 'answer' or w.is_news::boolean or exists (
      select from telematics.immobilisations i
      where i.vehicle_id = w.vehicle_id and i.state not in ('warned', 'awaiting_confirmation', 'ended'))
    order by w.place`;
}

const ofOutput = (word: UnitWord) => (word.kind === 'output' ? word : null);
const ofAnswer = (word: UnitWord) => (word.kind === 'answer' ? word : null);

/** Vehicles of which words wait, and since when: those that have waited longest first. */
export async function vehiclesHeard(db: Database): Promise<{ readonly vehicleId: string; readonly since: Date }[]> {
  const oldest = min(unitWords.id);
  const since = sql<Date>`min(${unitWords.receivedAt})`.mapWith(unitWords.receivedAt);
  return db
    .select({ vehicleId: unitWords.vehicleId, since })
    .from(unitWords)
    .groupBy(unitWords.vehicleId)
    .orderBy(asc(oldest))
    .limit(1_000);
}

/**
 * Works off the oldest word of a vehicle, and forgets it with what it brings about, in one transaction: once, and each after the
 * one before.
 *
 * @returns whether there was one
 * @throws what the database says of a lease that somebody else holds (55P03): nothing has changed then
 */
export async function hearWord(db: Database, vehicleId: string): Promise<boolean> {
  const [word] = await db
    .select()
    .from(unitWords)
    .where(eq(unitWords.vehicleId, vehicleId))
    .orderBy(asc(unitWords.id))
    .limit(1);
  if (word === undefined) return false;
  const by = system('telematics');
  if (word.kind === 'answer') {
    await transact(db, by, new Date(), async (context) => {
      await waitBriefly(context);
      if (await isTaken(context, word)) await noteAcknowledgement(context, answered(word));
    });
    return true;
  }
  await onVehicle(
    db,
    by,
    vehicleId,
    async (context, held) => {
      if (!(await isTaken(context, word))) return;
      const { trackerId, stopped, ts } = word;
      if (word.kind === 'back') await tellIfItMustMove(context, held);
      else if (stopped !== null && ts !== null)
        await observeOutput(context, held, { vehicleId, trackerId, stopped, ts: ts.getTime() });
    },
    waitBriefly,
  );
  return true;
}

function answered({ trackerId, commandId, answer, reason, ts, receivedAt }: Row) {
  if (commandId === null || answer === null) throw new Error('an answer answers a command');
  return { trackerId, commandId, answer, reason, ts: ts?.getTime() ?? null, receivedAt: receivedAt.getTime() };
}

const waitBriefly = async ({ tx }: Context): Promise<void> =>
  void (await tx.execute(sql`select set_config('lock_timeout', ${String(PATIENCE)}, true)`));

/** False where somebody else has worked it off meanwhile. */
async function isTaken({ tx }: Context, { id, vehicleId }: Row): Promise<boolean> {
  const gone = await tx
    .delete(unitWords)
    .where(and(eq(unitWords.id, id), eq(unitWords.vehicleId, vehicleId)))
    .returning({ id: unitWords.id });
  return gone.length > 0;
}
