import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';

/** What steering a lease needs: the workflow to talk to, and Postgres to read. */
export interface SteeringDependencies {
  readonly db: Database;
  readonly temporal: Client;
}
