import { and, eq } from 'drizzle-orm';
import { vehicleCommands } from '#db/schema/index';
import { answeredCommand, type CommandAnswer } from '#domain/telematics/immobilisation/command';
import { record, type Context } from '../context.ts';
import { notifyImmobilisation } from '../immobilisation/command-vehicle.ts';

interface Acknowledgement {
  readonly trackerId: string;
  readonly commandId: string;
  readonly answer: CommandAnswer;
  readonly reason: string | null;
  /** When it was said, epoch milliseconds by the tracker's own clock; null where it did not say. */
  readonly ts: number | null;
  /** When it came, epoch milliseconds. */
  readonly receivedAt: number;
}

/** What a tracker says to a command of its own. It proves nothing; late, foreign and repeated words change nothing. */
export async function noteAcknowledgement(context: Context, said: Acknowledgement): Promise<void> {
  const { commandId, trackerId, answer, reason, ts, receivedAt } = said;
  const [command] = await context.tx
    .select()
    .from(vehicleCommands)
    .where(and(eq(vehicleCommands.id, commandId), eq(vehicleCommands.trackerId, trackerId)))
    .for('update');
  if (command === undefined) return;
  const { type, state, issuedAt, expiresAt, vehicleId } = command;
  const issued = { type, state, issuedAt: issuedAt.getTime(), expiresAt: expiresAt.getTime() };
  const to = answeredCommand(issued, answer, receivedAt);
  if (to === null) return;
  const acknowledged =
    to === 'acknowledged'
      ? { acknowledgedAt: new Date(receivedAt), answeredTs: ts === null ? null : new Date(ts) }
      : { reason };
  await context.tx
    .update(vehicleCommands)
    .set({ state: to, ...acknowledged })
    .where(eq(vehicleCommands.id, commandId));
  await record(context, {
    key: `command:${commandId}:${to}`,
    type: `vehicle.command_${to}`,
    subject: vehicleId,
    detail: { commandId, trackerId, type },
  });
  if (to !== 'acknowledged') await notifyImmobilisation(context.tx, vehicleId);
}
