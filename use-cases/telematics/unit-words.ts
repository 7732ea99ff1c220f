import { and, asc, eq, isNotNull, isNull, min, sql } from 'drizzle-orm';
import type postgres from 'postgres';
import type { Database } from '#db/client';
import { unitWords } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import type { CommandAnswer } from '#domain/telematics/immobilisation/command';
import { describeError, sqlStateOf } from '#platform/describe-error';
import { record, transact, type Context } from '../context.ts';
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
/** Tries after which a word is set aside, and those after it are heard: with the pauses of `workers/telematics/hearing.ts` half a minute. */
const TRIES = 6;
/** SQLSTATE classes of a database that is away, busy or locked, which says nothing about a word. */
const NOT_ITS_FAULT = /^(?:08|25|40|53|55|57|58)/;
/** How the driver and the system name a connection that broke. */
const CONNECTION = /^(?:CONNECT|E[A-Z]+$)/;

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
    .where(isNull(unitWords.setAsideAt))
    .groupBy(unitWords.vehicleId)
    .orderBy(asc(oldest))
    .limit(1_000);
}

/**
 * Works off the oldest word of a vehicle, and forgets it with what it brings about, in one transaction: once, and each after the
 * one before. One that fails time after time is set aside as a dead letter.
 *
 * @returns whether there was one
 * @throws what the database says of a lease that somebody else holds (55P03), or why a word fails: nothing has changed then
 */
export async function hearWord(db: Database, vehicleId: string): Promise<boolean> {
  const [word] = await db
    .select()
    .from(unitWords)
    .where(and(eq(unitWords.vehicleId, vehicleId), isNull(unitWords.setAsideAt)))
    .orderBy(asc(unitWords.id))
    .limit(1);
  if (word === undefined) return false;
  try {
    await workOff(db, word);
  } catch (error) {
    if (isItsFault(error)) await noteFailure(db, word, error);
    throw error;
  }
  return true;
}

async function workOff(db: Database, word: Row): Promise<void> {
  const { vehicleId } = word;
  const by = system('telematics');
  if (word.kind === 'answer') {
    await transact(db, by, new Date(), async (context) => {
      await waitBriefly(context);
      if (await isTaken(context, word)) await noteAcknowledgement(context, answered(word));
    });
    return;
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
}

function isItsFault(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== null) return !NOT_ITS_FAULT.test(state);
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && CONNECTION.test(String(cause.code))) return false;
  return true;
}

/**
 * What a unit says proves nothing that it does not say again while somebody waits for it, so those after a word are heard without it: a
 * stop that nobody has seen runs out, and its vehicle is told to move.
 */
async function noteFailure(db: Database, { id, tries }: Row, error: unknown): Promise<void> {
  const after = tries + 1;
  const setAsideAt = after < TRIES ? null : new Date();
  const { type, message } = describeError(error);
  await db
    .update(unitWords)
    .set({ tries: after, failedBy: `${type}: ${message}`, setAsideAt })
    .where(and(eq(unitWords.id, id), isNull(unitWords.setAsideAt)));
}

/** A word that was set aside is heard again, as the next of its vehicle. Pressed twice it is heard once. */
export async function hearAgain(db: Database, actor: Actor, letterId: string): Promise<void> {
  await transact(db, actor, new Date(), async (context) => {
    const [word] = await context.tx
      .update(unitWords)
      .set({ setAsideAt: null, tries: 0 })
      .where(and(eq(unitWords.letterId, letterId), isNotNull(unitWords.setAsideAt)))
      .returning();
    if (word !== undefined)
      await record(context, { type: 'tracker.word_heard_again', subject: word.vehicleId, detail: { letterId } });
  });
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
