import { uuidv7 } from 'uuidv7';
import type { MacroRow } from '#db/queries/tickets';
import { ticketMacros } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';

/** Keeps an answer that is given again and again. @throws Problem already_exists naming the name in that language */
export async function createMacro(
  context: Context,
  input: { readonly name: string; readonly language: string; readonly body: string },
): Promise<MacroRow> {
  const { tx, at, actor } = context;
  const [created] = await tx
    .insert(ticketMacros)
    .values({ id: uuidv7(), ...input, createdBy: actor.id, createdAt: at })
    .onConflictDoNothing({ target: [ticketMacros.name, ticketMacros.language] })
    .returning();
  if (created === undefined)
    throw new Problem('already_exists', 'There is one of this name', [{ path: 'name', message: 'is taken' }]);
  await record(context, { type: 'ticket.macro.created', subject: created.id, detail: { language: input.language } });
  return created;
}
