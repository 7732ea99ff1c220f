import { eq } from 'drizzle-orm';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findLease, type LeaseRow } from '#db/queries/leases';
import { openTicketOf } from '#db/queries/tickets';
import { customerAt } from '#db/queries/tenures';
import { attempts, methods, ticketMessages } from '#db/schema/index';
import { catalogue } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { system } from '#domain/identity/roles';
import { occasionOf, type Occasion } from '#domain/support/occasions';
import { moreUrgent, priorityOf } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import { wakeTicket } from '#steering/wake-ticket';
import { transact, type Context } from '../context.ts';
import type { Reader } from '../events/read-batch.ts';
import { readerOf } from '../events/reader-of.ts';
import { lockUser } from '../identity/lock-user.ts';
import { goesOn } from './add-message.ts';
import { tellOfTurn } from './tell-of-turn.ts';
import { openTicket } from './open-ticket.ts';
import { changeTicket, lockTicket } from './ticket-record.ts';
import { writeMessage } from './write-message.ts';

interface Dependencies {
  readonly db: Database;
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
  readonly encryption: Pick<Encryption, 'encrypt' | 'hash'>;
}

/** What of an event is looked at. */
type Happened = Pick<StoredEvent, 'id' | 'type' | 'leaseId' | 'data' | 'time'>;

/** Milliseconds that Temporal may take to accept a signal. */
const PATIENCE = 10_000;
const about = catalogue['support.ticket.updated'].payload.pick({ ticketId: true });

/**
 * Tells the workflows of tickets that they have changed, opens tickets where something happened that somebody has to look
 * after, and tells whoever waits for a vehicle.
 */
export function eventsForTickets(deps: Dependencies): Reader {
  const wake = async ({ data }: StoredEvent) => {
    const { ticketId } = about.parse(data);
    await deps.temporal.withDeadline(Date.now() + PATIENCE, () => wakeTicket(deps, ticketId));
  };
  const lookAfter = (event: StoredEvent) => takeOccasion(deps, event);
  const turn = (event: StoredEvent) => tellOfTurn(deps, event);
  return readerOf('tickets', {
    'support.ticket.created': wake,
    'support.ticket.updated': wake,
    'payment.failed': lookAfter,
    'payment.overdue': lookAfter,
    'telematics.risk.detected': lookAfter,
    'vehicle.queue.called': turn,
    'vehicle.queue.delayed': turn,
    'vehicle.queue.gone': turn,
  });
}

/** Opens a ticket where an event is one by itself, or writes it into the one that is open for it. */
export async function takeOccasion(
  { db, encryption }: Pick<Dependencies, 'db' | 'encryption'>,
  event: Happened,
): Promise<void> {
  const { leaseId } = event;
  const lease = leaseId === null ? undefined : await findLease(db, leaseId);
  const occasion = lease === undefined ? null : occasionOf(event.type, event.data, lease.status);
  if (lease === undefined || occasion === null) return;
  const customerId = await concerned(db, lease, event, occasion);
  // On the wall's clock, as people work, however far a lease has travelled.
  await transact(db, system('support'), new Date(), (context) =>
    writeOccasion(context, encryption, { event, occasion, lease, customerId }),
  );
}

/** Whose refund it is, or who had the lease when it happened: it may be somebody else's by now. */
async function concerned(db: Database, { id, customerId }: LeaseRow, { time }: Happened, { paymentId }: Occasion) {
  const [paid] =
    paymentId === undefined
      ? []
      : await db
          .select({ userId: methods.userId })
          .from(attempts)
          .innerJoin(methods, eq(methods.id, attempts.paymentMethodId))
          .where(eq(attempts.id, paymentId));
  return paid?.userId ?? (await customerAt(db, id, time)) ?? customerId;
}

/**
 * What an event tells is written down once: into the ticket that is in hand for it, which waits for nobody then, or into a
 * new one.
 */
async function writeOccasion(
  context: Context,
  encryption: Dependencies['encryption'],
  of: { event: Happened; occasion: Occasion; lease: LeaseRow; customerId: string },
): Promise<void> {
  const { tx } = context;
  const { event, lease, customerId } = of;
  const { category, subject, note, paymentId } = of.occasion;
  const { erasedAt } = await lockUser(context, customerId);
  const [taken] = await tx.select().from(ticketMessages).where(eq(ticketMessages.eventId, event.id));
  if (taken !== undefined || erasedAt !== null) return;
  // Named after the event, so that a repetition writes the same.
  const message = { id: event.id, body: note, internal: true, attachments: [], eventId: event.id };
  const open = await openTicketOf(tx, { customerId, leaseId: lease.id, category });
  if (open !== undefined) {
    const ticket = await lockTicket(context, open.id);
    await writeMessage(context, encryption, { ...message, ticketId: ticket.id });
    const changes = { ...goesOn(ticket, context.at), priority: moreUrgent(ticket.priority, priorityOf(category)) };
    await changeTicket(context, ticket, 'noted', changes, { messageId: message.id, eventId: event.id });
    return;
  }
  await openTicket(
    context,
    { encryption },
    {
      id: event.id,
      customerId,
      category,
      subject,
      message,
      leaseId: lease.id,
      paymentId,
      cause: { type: event.type, eventId: event.id },
    },
  );
}
