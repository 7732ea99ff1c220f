import type { Database } from '#db/client';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';

/** What those need who stop and start vehicles. */
export interface ImmobilisationDependencies {
  readonly db: Database;
  readonly config: Pick<Config, 'RELAY_PROOF' | 'IMMOBILISE_HOURS' | 'RESTART_CODE_SECONDS'>;
  readonly encryption: Encryption;
}
