import { sql } from 'drizzle-orm';
import type { Database } from '#db/client';

/** The workflow that waits for a vehicle looks at once: it stands, or its tracker is back. */
export async function wakeVehicle(db: Database, vehicleId: string): Promise<void> {
  await db.execute(sql`select pg_notify('telematics_immobilisations', ${vehicleId})`);
}
