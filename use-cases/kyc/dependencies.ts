import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { IdentityCheckProvider } from '#providers/identity-check/provider';

export interface KycDependencies {
  readonly db: Database;
  readonly config: Pick<Config, 'PUBLIC_URL' | 'SHARED_DOCUMENTS'>;
  readonly encryption: Encryption;
  /** Signals the leases that wait, and the kyc workflow itself. */
  readonly temporal: Pick<Client, 'workflow'>;
  /** Null where no provider is configured: then an agent looks at every submission. */
  readonly identityCheck: IdentityCheckProvider | null;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}
