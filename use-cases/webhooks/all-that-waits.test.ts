import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliveries, deliveryTries, endpoints, outbox } from '#db/schema/index';
import { MADE_OVER, madeOverBooks, PAID } from '#test/made-over';
import { config, deps } from '#test/late-money';
import { countWakes } from '#test/woken';
import { deliveryWorkflowId } from '#workflows/webhooks/messages';
import { transact } from '../context.ts';
import { createEndpoint } from './create-endpoint.ts';
import { eraseFromDeliveries } from './personal-data.ts';
import { queueDeliveries } from './queue-deliveries.ts';
import { wakeNext } from './wake-next.ts';

let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

async function endpoint(): Promise<string> {
  const admin = { role: 'admin', id: randomUUID() } as const;
  const made = await transact(books.database.db, admin, new Date(), (context) =>
    createEndpoint(context, deps, { url: 'https://hooks.example.com' }),
  );
  const { id } = made.endpoint;
  await books.database.db.update(endpoints).set({ verifiedAt: new Date() }).where(eq(endpoints.id, id));
  await books.database.db.delete(deliveries).where(eq(deliveries.endpointId, id));
  return id;
}

it('what was typed of a customer who had a lease before goes from what is sent, once he is erased, and of no other', async () => {
  const { db } = books.database;
  const lease = await books.begun();
  const endpointId = await endpoint();
  const owner = await books.makeOver(lease, MADE_OVER);
  const happened = async (time: string, reason: string) => {
    const event = { id: uuidv7(), type: 'lease.paused', subject: lease.id, leaseId: lease.id } as const;
    const data = { leaseId: lease.id, reason };
    await db.insert(outbox).values({ ...event, time: new Date(time), data });
    const message = { id: uuidv7(), endpointId, eventId: event.id, type: event.type, subject: lease.id, sequence: 1 };
    await queueDeliveries(db, [{ ...message, body: JSON.stringify({ data }) }], new Date());
    const said = { status: 200, answer: `thanks for ${reason}`, at: new Date(), number: 1, milliseconds: 5 };
    await db.insert(deliveryTries).values({ id: uuidv7(), deliveryId: message.id, ...said });
    return message.id;
  };
  const his = await happened(PAID, 'my son is ill');
  const hers = await happened('2026-01-09T07:00:00Z', 'I am away');
  const echoes = async () => (await db.select().from(deliveryTries)).map(({ answer }) => answer);
  const bodies = async () => {
    const rows = await db.select().from(deliveries).where(eq(deliveries.endpointId, endpointId));
    return new Map(rows.map(({ id, body }) => [id, body]));
  };
  await db.transaction((tx) => eraseFromDeliveries(tx, lease.customerId));
  expect((await bodies()).get(his)).not.toContain('ill');
  expect((await bodies()).get(hers)).toContain('I am away');
  expect((await echoes()).toSorted()).toEqual(['erased', 'thanks for I am away']);
  await db.transaction((tx) => eraseFromDeliveries(tx, owner));
  expect((await bodies()).get(hers)).not.toContain('away');
});

it('all that waits for an endpoint is tried when it is back, each once', async () => {
  const { db } = books.database;
  const endpointId = await endpoint();
  const message = (subject: string, sequence: number) => {
    const of = { endpointId, subject, sequence, type: 'lease.paused', body: '{}' } as const;
    return { id: uuidv7(), eventId: uuidv7(), ...of };
  };
  const firsts = Array.from({ length: 2_500 }, () => message(randomUUID(), 1));
  const [first] = firsts;
  if (first === undefined) throw new Error('there is none');
  await queueDeliveries(db, [...firsts, message(first.subject, 2)], new Date());
  const { woken, temporal } = countWakes();
  const sender = { send: () => Promise.reject(new Error('it is not asked')) };
  await wakeNext({ ...deps, db, temporal, config, sender }, first.id, true);
  expect(woken.toSorted()).toEqual(firsts.map(({ id }) => deliveryWorkflowId(id)).toSorted());
});
