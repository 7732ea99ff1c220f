import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { MobileMoneyRegistry } from '#providers/mobile-money/registry';

export interface PaymentDependencies {
  readonly db: Database;
  readonly config: Config;
  readonly encryption: Encryption;
  readonly log: Logger;
  readonly mobileMoney: Pick<MobileMoneyRegistry, 'get' | 'all'>;
  /** Completes activities and signals leases. */
  readonly temporal: Client;
}
