import { and, eq, gt, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Transaction } from '#db/client';
import { amongIds, deliveriesInTurn, type DeliveryRow, type EndpointRow } from '#db/queries/webhooks';
import { deliveries, deliveryTries, endpoints } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { waitBeforeRetry, nextTurn, UNREACHABLE } from '#domain/webhooks/backoff';
import type { Tried } from '#domain/webhooks/wire';
import { NotNow, type Sent } from '#providers/webhooks/sender';
import { transact, type Context } from '../context.ts';
import type { TryingDependencies } from './dependencies.ts';
import { disableEndpoint } from './disable-endpoint.ts';
import { lockEndpoint } from './lock-endpoint.ts';
import { signerOf } from './endpoint-keys.ts';
import { sendTo } from './send-to.ts';

const actor = system('webhooks');
const GONE = 410;
/** Milliseconds after which an endpoint that takes messages again was away, and others are tried at once. */
const AWAY = 60_000;
/** Milliseconds until one is tried that need not wait. */
const AT_ONCE = 1;

interface Found {
  readonly delivery: DeliveryRow;
  readonly endpoint: EndpointRow;
}

/**
 * Sends a delivery if it is its turn, and writes down what came of it. What was sent and not written down, because the
 * process died between the two, is sent again under the same id.
 */
export async function tryDelivery(deps: TryingDependencies, id: string, at: Date): Promise<Tried> {
  const found = await find(deps.db, id);
  if (found === undefined) return { state: 'gone' };
  const { delivery, endpoint } = found;
  if (delivery.status !== 'pending') return settled(delivery);
  if (endpoint.status === 'disabled') return { state: 'dead' };
  if ((await deliveriesInTurn(deps.db, amongIds([id]), 1)).length === 0) return { state: 'waits' };
  // Whoever woke it: its receiver has the time that it was given.
  const early = (delivery.nextAt ?? at).getTime() - at.getTime();
  if (early > 0) return { state: 'later', afterMs: early };
  const message = { id: delivery.eventId, body: delivery.body };
  const headers = await signerOf(deps, endpoint, at)(message, new Date());
  try {
    const sent = await sendTo(deps, endpoint, headers, delivery.body);
    return await noteTry(deps, id, { sent, to: endpoint, dueAt: delivery.nextAt }, at);
  } catch (error) {
    if (!(error instanceof NotNow)) throw error;
    return putOff(deps, found, error, at);
  }
}

/**
 * It was not sent. While its endpoint only fails it is put off as if it had failed too, so that thousands do not ask all
 * the time whether it is back; whoever hears that it is wakes them all.
 */
async function putOff(
  deps: TryingDependencies,
  { delivery, endpoint }: Found,
  { why, afterMs: asked }: NotNow,
  at: Date,
): Promise<Tried> {
  const { id, deadline, nextAt: dueAt } = delivery;
  const failed = why === 'failing' ? delivery.failed + 1 : delivery.failed;
  const chance = Math.random();
  const afterMs =
    why === 'failing' ? waitBeforeRetry({ failed, at, deadline }, asked, chance) : nextTurn({ at, deadline }, chance);
  if (afterMs === null) return noteTry(deps, id, { sent: notSent, to: endpoint }, at);
  const nextAt = new Date(at.getTime() + afterMs);
  const isAsItWas = dueAt === null ? isNull(deliveries.nextAt) : eq(deliveries.nextAt, dueAt);
  const put = await deps.db
    .update(deliveries)
    .set({ failed, nextAt })
    .where(and(eq(deliveries.id, id), eq(deliveries.status, 'pending'), isAsItWas))
    .returning({ id: deliveries.id });
  // Settled, or woken because the endpoint is back.
  return { state: 'later', afterMs: put.length === 0 ? AT_ONCE : afterMs };
}

/** What came of a request, and the endpoint as it was read before it. */
interface Request {
  readonly sent: Sent;
  readonly to: EndpointRow;
  /** When the delivery was due, as it was read before it; left out where it was just queued. */
  readonly dueAt?: Date | null;
}

/** Of a delivery whose time is over while so much else waits for its endpoint. */
const notSent: Sent = { status: null, answer: null, error: 'not_sent', milliseconds: 0, retryAfterMs: null };

/** Writes down what came of a request. @returns what is next */
export function noteTry(
  { db }: Pick<TryingDependencies, 'db'>,
  id: string,
  request: Request,
  at: Date,
): Promise<Tried> {
  return transact(db, actor, at, (context) => writeDown(context, id, request));
}

export const isTaken = ({ status }: Sent): boolean => status !== null && status >= 200 && status < 300;

async function find(db: Pick<Transaction, 'select'>, id: string): Promise<Found | undefined> {
  const [found] = await db
    .select({ delivery: deliveries, endpoint: endpoints })
    .from(deliveries)
    .innerJoin(endpoints, eq(endpoints.id, deliveries.endpointId))
    .where(eq(deliveries.id, id));
  return found;
}

function settled({ status }: DeliveryRow): Tried {
  return status === 'delivered' ? { state: 'delivered', isBack: false } : { state: 'dead' };
}

async function writeDown(context: Context, id: string, { sent, to, dueAt }: Request): Promise<Tried> {
  const { tx } = context;
  const found = await find(tx, id);
  if (found === undefined) return { state: 'gone' };
  const { verifiedAt, failingSince } = found.endpoint;
  const isNews = !isTaken(sent) || verifiedAt === null || failingSince !== null;
  // The endpoint's row first, as whoever disables or redrives it has it; where it only goes on well nobody waits for it.
  const endpoint = isNews ? await lockEndpoint(tx, found.endpoint.id) : found.endpoint;
  const [delivery] = await tx.select().from(deliveries).where(eq(deliveries.id, id)).for('update');
  if (endpoint === undefined || delivery === undefined) return { state: 'gone' };
  await keepTry(context, delivery, sent);
  // What another address has answered says nothing of this one.
  const isSame = endpoint.generation === to.generation;
  if (isTaken(sent)) return taken(context, { delivery, endpoint }, isSame);
  if (delivery.status !== 'pending') return settled(delivery);
  if (!isSame) return again(context, delivery);
  const isWoken = dueAt !== undefined && delivery.nextAt?.getTime() !== dueAt?.getTime();
  return notTaken(context, { delivery, endpoint }, { sent, isWoken });
}

async function keepTry({ tx, at }: Context, { id, tries }: DeliveryRow, sent: Sent): Promise<void> {
  const { status, answer, error, milliseconds } = sent;
  const number = tries + 1;
  await tx
    .insert(deliveryTries)
    .values({ id: uuidv7(), deliveryId: id, number, at, milliseconds, status, answer, error });
  await tx.update(deliveries).set({ tries: number }).where(eq(deliveries.id, id));
}

/** What was given up meanwhile, because the endpoint was disabled, is delivered all the same. */
async function taken({ tx, at }: Context, { delivery, endpoint }: Found, isSame: boolean): Promise<Tried> {
  await tx
    .update(deliveries)
    .set({ status: 'delivered', deadFor: null, settledAt: at, nextAt: null })
    .where(eq(deliveries.id, delivery.id));
  if (!isSame) return { state: 'delivered', isBack: false };
  const { verifiedAt, failingSince } = endpoint;
  if (verifiedAt === null || failingSince !== null)
    await tx
      .update(endpoints)
      .set({ verifiedAt: verifiedAt ?? at, failingSince: null })
      .where(eq(endpoints.id, endpoint.id));
  // One message that it does not take among others that it does is not tried at each of these.
  const wasAway = failingSince !== null && at.getTime() - failingSince.getTime() >= AWAY;
  const isBack = verifiedAt === null || wasAway;
  const isLater = and(
    eq(deliveries.endpointId, endpoint.id),
    eq(deliveries.status, 'pending'),
    gt(deliveries.nextAt, at),
  );
  if (isBack) await tx.update(deliveries).set({ nextAt: at }).where(isLater);
  return { state: 'delivered', isBack };
}

/** Sent to an address that it had before: it goes to the one that it has now, in its turn. */
async function again({ tx, at }: Context, { id }: DeliveryRow): Promise<Tried> {
  await tx.update(deliveries).set({ nextAt: at }).where(eq(deliveries.id, id));
  return { state: 'later', afterMs: AT_ONCE };
}

/** @param isWoken because its endpoint is back, while this request was under way */
async function notTaken(
  context: Context,
  { delivery, endpoint }: Found,
  { sent, isWoken }: { readonly sent: Sent; readonly isWoken: boolean },
): Promise<Tried> {
  const { tx, at } = context;
  const failed = delivery.failed + 1;
  if (endpoint.failingSince === null)
    await tx.update(endpoints).set({ failingSince: at }).where(eq(endpoints.id, endpoint.id));
  const afterMs =
    sent.status === GONE
      ? null
      : waitBeforeRetry(
          { failed: isWoken ? 1 : failed, at, deadline: delivery.deadline },
          sent.retryAfterMs,
          Math.random(),
        );
  if (afterMs !== null) {
    const nextAt = new Date(at.getTime() + afterMs);
    await tx.update(deliveries).set({ failed, nextAt }).where(eq(deliveries.id, delivery.id));
    return { state: 'later', afterMs };
  }
  const deadFor = sent.status === GONE ? 'gone' : 'not_taken';
  await tx
    .update(deliveries)
    .set({ status: 'dead', deadFor, failed, settledAt: at, nextAt: null })
    .where(eq(deliveries.id, delivery.id));
  const since = endpoint.failingSince ?? at;
  const tookNothing = at.getTime() - since.getTime() >= UNREACHABLE;
  if (sent.status === GONE) await disableEndpoint(context, endpoint, 'gone');
  else if (tookNothing || endpoint.verifiedAt === null) await disableEndpoint(context, endpoint, 'unreachable');
  return { state: 'dead' };
}
