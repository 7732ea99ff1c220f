import { and, asc, desc, eq, gt, isNotNull, lte, or, sql, type SQL } from 'drizzle-orm';
import { TEST } from '#domain/webhooks/message';
import type { Queryable } from '../client.ts';
import { prebuiltRows } from '../prebuilt.ts';
import { deliveries, deliveryTries, endpoints } from '../schema/index.ts';
import { outer } from './outer.ts';
import { olderThan, type Page } from './page.ts';

export type EndpointRow = typeof endpoints.$inferSelect;
export type DeliveryRow = typeof deliveries.$inferSelect;
export type DeliveryTryRow = typeof deliveryTries.$inferSelect;

/** Endpoints, newest first. */
export function listEndpoints(db: Queryable, { limit, before }: Page): Promise<EndpointRow[]> {
  return db
    .select()
    .from(endpoints)
    .where(olderThan(before, endpoints.createdAt, endpoints.id))
    .orderBy(desc(endpoints.createdAt), desc(endpoints.id))
    .limit(limit);
}

export async function findEndpoint(db: Queryable, id: string): Promise<EndpointRow | undefined> {
  const [row] = await db.select().from(endpoints).where(eq(endpoints.id, id));
  return row;
}

export function findEndpoints(db: Queryable, ids: readonly string[]): Promise<EndpointRow[]> {
  return endpointsAmong(db, { ids: [...new Set(ids)] });
}

const endpointsAmong = prebuiltRows(endpoints, (db, given) =>
  db
    .select()
    .from(endpoints)
    .where(sql`${endpoints.id} = any(${given('ids')}::uuid[])`),
);

interface DeliveryFilter {
  readonly status?: DeliveryRow['status'] | undefined;
  readonly webhookId?: string | undefined;
}

/** Deliveries, newest first. */
export function listDeliveries(
  db: Queryable,
  { status, webhookId }: DeliveryFilter,
  { limit, before }: Page,
): Promise<DeliveryRow[]> {
  return db
    .select()
    .from(deliveries)
    .where(
      and(
        status === undefined ? undefined : eq(deliveries.status, status),
        webhookId === undefined ? undefined : eq(deliveries.endpointId, webhookId),
        olderThan(before, deliveries.createdAt, deliveries.id),
      ),
    )
    .orderBy(desc(deliveries.createdAt), desc(deliveries.id))
    .limit(limit);
}

export async function findDelivery(db: Queryable, id: string): Promise<DeliveryRow | undefined> {
  const [row] = await db.select().from(deliveries).where(eq(deliveries.id, id));
  return row;
}

/** What came of its requests, the first first. */
export function triesOfDelivery(db: Queryable, deliveryId: string): Promise<DeliveryTryRow[]> {
  return db
    .select()
    .from(deliveryTries)
    .where(eq(deliveryTries.deliveryId, deliveryId))
    .orderBy(asc(deliveryTries.number));
}

/** It is the first of its subject that is pending: looked up by itself for each, whatever Postgres expects to find. */
const isFirst = sql`${outer(deliveries.id)} = (
  select earliest.id from ${deliveries} earliest
  where earliest.endpoint_id = ${outer(deliveries.endpointId)} and earliest.subject = ${outer(deliveries.subject)}
    and earliest.status = 'pending'
  order by earliest.number limit 1)`;

/** Deliveries whose turn it is: the first of their subjects, to active endpoints that have taken the test, and the test itself. */
export async function deliveriesInTurn(db: Queryable, which: SQL | undefined, limit: number): Promise<string[]> {
  return (await pageInTurn(db, which, limit)).map(({ id }) => id);
}

/** So many of them, in their order. @param after the number of the last that was looked at */
export function pageInTurn(db: Queryable, which: SQL | undefined, limit: number, after = 0) {
  const isVerified = or(isNotNull(endpoints.verifiedAt), eq(deliveries.type, TEST));
  const mayGo = and(eq(endpoints.status, 'active'), isVerified);
  return db
    .select({ id: deliveries.id, number: deliveries.number })
    .from(deliveries)
    .innerJoin(endpoints, eq(endpoints.id, deliveries.endpointId))
    .where(and(which, gt(deliveries.number, after), eq(deliveries.status, 'pending'), mayGo, isFirst))
    .orderBy(asc(deliveries.number))
    .limit(limit);
}

/** Of events, each for an endpoint. */
export const ofMessages = (all: readonly { readonly eventId: string; readonly endpointId: string }[]) =>
  amongPairs(
    deliveries.eventId,
    all.map(({ eventId, endpointId }) => [eventId, endpointId]),
  );
export const ofEndpoint = (endpointId: string) => eq(deliveries.endpointId, endpointId);
export const ofSubject = (endpointId: string, subject: string) =>
  and(eq(deliveries.endpointId, endpointId), eq(deliveries.subject, subject));
/** Of subjects, each of an endpoint. */
export const ofSubjects = (all: readonly { readonly subject: string; readonly endpointId: string }[]) =>
  amongPairs(
    deliveries.subject,
    all.map(({ subject, endpointId }) => [subject, endpointId]),
  );

const amongPairs = (column: typeof deliveries.eventId | typeof deliveries.subject, pairs: readonly string[][]) =>
  sql`(${column}, ${outer(deliveries.endpointId)}) in (
    select (pair ->> 0)::uuid, (pair ->> 1)::uuid from json_array_elements(${JSON.stringify(pairs)}::json) pair)`;

export const dueBefore = (at: Date) => lte(deliveries.nextAt, at);
/** Those of an endpoint that are due. */
export const dueOfEndpoint = (endpointId: string, at: Date) => and(ofEndpoint(endpointId), dueBefore(at));
export const amongIds = (ids: readonly string[]) => sql`${deliveries.id} = any(${sql.param([...ids])}::uuid[])`;

/** All of them. */
export function allEndpoints(db: Queryable): Promise<EndpointRow[]> {
  return db.select().from(endpoints);
}
