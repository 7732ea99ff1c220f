import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from '#db/client';
import { findUserByPhone } from '#db/queries/identity';
import { ussdSessions } from '#db/schema/index';
import type { Shown } from '#domain/ussd/show';
import type { State } from '#domain/ussd/state';

export type SessionRow = typeof ussdSessions.$inferSelect;

/** The session of that id, which begins where there is none. */
export async function openSession(db: Database, id: string, phoneHash: string, at: Date): Promise<SessionRow> {
  const found = await findSession(db, id);
  if (found !== undefined) return found;
  const language = (await findUserByPhone(db, phoneHash))?.language ?? 'en';
  const fresh = { id, phoneHash, language, createdAt: at, updatedAt: at };
  await db.insert(ussdSessions).values(fresh).onConflictDoNothing();
  const row = await findSession(db, id);
  if (row === undefined) throw new Error('the session was not kept');
  return row;
}

async function findSession(db: Database, id: string): Promise<SessionRow | undefined> {
  const [row] = await db.select().from(ussdSessions).where(eq(ussdSessions.id, id));
  return row;
}

interface Answered {
  readonly language: string;
  readonly state: State;
  readonly heardLength: number;
  readonly heardHash: string;
  readonly answer: Shown;
}

/**
 * Keeps what a session has come to.
 *
 * @returns what is answered: where the same request came twice at once, both answer what was kept first.
 */
export async function keepAnswer(db: Database, before: SessionRow, to: Answered, at: Date): Promise<Shown> {
  const { heardLength } = before;
  const state = to.answer.type === 'END' ? null : to.state;
  const [kept] = await db
    .update(ussdSessions)
    .set({ ...to, state, updatedAt: at })
    .where(
      and(
        eq(ussdSessions.id, before.id),
        heardLength === null ? isNull(ussdSessions.heardLength) : eq(ussdSessions.heardLength, heardLength),
      ),
    )
    .returning({ id: ussdSessions.id });
  if (kept !== undefined) return to.answer;
  return (await findSession(db, before.id))?.answer ?? to.answer;
}
