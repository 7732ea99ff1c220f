import { eq } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import type { EndpointRow } from '#db/queries/webhooks';
import { endpoints } from '#db/schema/index';
import { Problem } from '#domain/errors';

/** The row, held against other changes; deliveries may be queued meanwhile. */
export async function lockEndpoint(tx: Transaction, id: string): Promise<EndpointRow | undefined> {
  const [row] = await tx.select().from(endpoints).where(eq(endpoints.id, id)).for('no key update');
  return row;
}

/** The same, of one that deliveries are sent to. @throws Problem not_found, or invalid_state while it is disabled */
export async function lockActiveEndpoint(tx: Transaction, id: string): Promise<EndpointRow> {
  const row = await lockEndpoint(tx, id);
  if (row === undefined) throw new Problem('not_found');
  if (row.status === 'active') return row;
  const how = `PATCH /v1/webhooks/${id} {"status":"active"}`;
  throw new Problem('invalid_state', `The endpoint is disabled: make it active first (${how})`);
}
