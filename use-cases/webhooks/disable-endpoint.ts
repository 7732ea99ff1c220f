import { and, eq } from 'drizzle-orm';
import type { EndpointRow } from '#db/queries/webhooks';
import { deliveries, endpoints } from '#db/schema/index';
import { openCase } from '../cases/open-case.ts';
import { record, type Context } from '../context.ts';

/**
 * An endpoint is told nothing any more; what waits for it is dead, and can be redriven once it is active again. Unless an
 * admin did it himself, the one who made it is told by a case.
 */
export async function disableEndpoint(
  context: Context,
  { id, createdBy, url }: Pick<EndpointRow, 'id' | 'createdBy' | 'url'>,
  why: NonNullable<EndpointRow['disabledFor']>,
): Promise<void> {
  const { tx, at } = context;
  const disabled = { status: 'disabled' as const, disabledFor: why, updatedAt: at };
  const isActive = and(eq(endpoints.id, id), eq(endpoints.status, 'active'));
  const changed = await tx.update(endpoints).set(disabled).where(isActive).returning({ id: endpoints.id });
  if (changed.length === 0) return;
  await tx
    .update(deliveries)
    .set({ status: 'dead', deadFor: 'endpoint_disabled', settledAt: at, nextAt: null })
    .where(and(eq(deliveries.endpointId, id), eq(deliveries.status, 'pending')));
  await record(context, { type: 'webhook.disabled', subject: id, detail: { for: why } });
  if (why === 'operator') return;
  // Its path may have a secret.
  const detail = { webhookId: id, host: new URL(url).host, for: why, owner: createdBy };
  await openCase(context, { kind: 'webhook_disabled', about: id, leaseId: null, paymentId: null, detail });
}
