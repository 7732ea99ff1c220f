import { eq } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import type { EndpointRow } from '#db/queries/webhooks';
import { endpoints } from '#db/schema/index';

/** The row, held against other changes; deliveries may be queued meanwhile. */
export async function lockEndpoint(tx: Transaction, id: string): Promise<EndpointRow | undefined> {
  const [row] = await tx.select().from(endpoints).where(eq(endpoints.id, id)).for('no key update');
  return row;
}
