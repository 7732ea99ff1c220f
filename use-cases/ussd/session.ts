import { and, eq, isNull } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '#db/client';
import { findUserByPhone } from '#db/queries/identity';
import { ussdSessions } from '#db/schema/index';
import type { Shown } from '#domain/ussd/show';
import type { State } from '#domain/ussd/state';
import { clearOf, type Encryption } from '#platform/encryption';

export type Session = typeof ussdSessions.$inferSelect & { readonly answer: Shown | null };

interface SessionDependencies {
  readonly db: Database;
  readonly encryption: Encryption;
}
const shown = z.object({ type: z.enum(['CON', 'END']), text: z.string() });

/** The session of that id, which begins where there is none. */
export async function openUssdSession(
  deps: SessionDependencies,
  id: string,
  phoneHash: string,
  at: Date,
): Promise<Session> {
  const { db } = deps;
  const found = await findSession(deps, id);
  if (found !== undefined) return found;
  const language = (await findUserByPhone(db, phoneHash))?.language ?? 'en';
  const fresh = { id, phoneHash, language, createdAt: at, updatedAt: at };
  await db.insert(ussdSessions).values(fresh).onConflictDoNothing();
  const row = await findSession(deps, id);
  if (row === undefined) throw new Error('the session was not kept');
  return row;
}

async function findSession({ db, encryption }: SessionDependencies, id: string): Promise<Session | undefined> {
  const [row] = await db.select().from(ussdSessions).where(eq(ussdSessions.id, id));
  if (row === undefined) return undefined;
  const answer = clearOf(encryption, row.answerEncrypted);
  return { ...row, answer: answer === null ? null : shown.parse(JSON.parse(answer)) };
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
export async function keepAnswer(
  deps: SessionDependencies,
  before: Session,
  { answer, ...to }: Answered,
  at: Date,
): Promise<Shown> {
  const { db, encryption } = deps;
  const { heardLength } = before;
  const state = answer.type === 'END' ? null : to.state;
  const answerEncrypted = encryption.encrypt(JSON.stringify(answer));
  const [kept] = await db
    .update(ussdSessions)
    .set({ ...to, state, answerEncrypted, updatedAt: at })
    .where(
      and(
        eq(ussdSessions.id, before.id),
        heardLength === null ? isNull(ussdSessions.heardLength) : eq(ussdSessions.heardLength, heardLength),
      ),
    )
    .returning({ id: ussdSessions.id });
  if (kept !== undefined) return answer;
  return (await findSession(deps, before.id))?.answer ?? answer;
}
