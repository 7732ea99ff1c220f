import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { MacroRow } from '#db/queries/tickets';
import { ticketMacros } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';
import { matchVersion } from '../match-version.ts';
import { unique } from '../unique.ts';

type NewMacro = Pick<MacroRow, 'name' | 'language' | 'body'>;
type MacroChanges = { readonly [Field in keyof NewMacro]?: NewMacro[Field] | undefined };

/** Keeps an answer that is given again and again. @throws Problem already_exists naming the name in that language */
export async function createMacro(context: Context, input: NewMacro): Promise<MacroRow> {
  const { tx, at, actor } = context;
  const values = { id: uuidv7(), ...input, createdBy: actor.id, createdAt: at, updatedAt: at };
  const [created] = await unique(tx.insert(ticketMacros).values(values).returning());
  if (created === undefined) throw new Problem('internal');
  await record(context, { type: 'ticket.macro.created', subject: created.id, detail: { language: input.language } });
  return created;
}

/**
 * Changes such an answer; what was written by it stays as it was written. What changes nothing is no change.
 *
 * @param versions what If-Match accepts
 * @throws Problem not_found, precondition_failed; already_exists naming the name in that language
 */
export async function changeMacro(
  context: Context,
  id: string,
  said: MacroChanges,
  versions?: readonly number[],
): Promise<MacroRow> {
  const { tx, at } = context;
  const before = await lockMacro(context, id, versions);
  const fields = (['name', 'language', 'body'] as const).filter(
    (field) => said[field] !== undefined && said[field] !== before[field],
  );
  if (fields.length === 0) return before;
  const changes = Object.fromEntries(fields.map((field) => [field, said[field]]));
  const [after] = await unique(
    tx
      .update(ticketMacros)
      .set({ ...changes, updatedAt: at })
      .where(eq(ticketMacros.id, id))
      .returning(),
  );
  if (after === undefined) throw new Problem('not_found');
  await record(context, { type: 'ticket.macro.updated', subject: id, detail: { fields } });
  return after;
}

/** Takes such an answer away. @throws Problem not_found, precondition_failed */
export async function deleteMacro(context: Context, id: string, versions?: readonly number[]): Promise<void> {
  const { name, language } = await lockMacro(context, id, versions);
  await context.tx.delete(ticketMacros).where(eq(ticketMacros.id, id));
  await record(context, { type: 'ticket.macro.deleted', subject: id, detail: { name, language } });
}

async function lockMacro({ tx }: Context, id: string, versions: readonly number[] | undefined): Promise<MacroRow> {
  const [row] = await tx.select().from(ticketMacros).where(eq(ticketMacros.id, id)).for('update');
  if (row === undefined) throw new Problem('not_found');
  matchVersion(row.version, versions);
  return row;
}
