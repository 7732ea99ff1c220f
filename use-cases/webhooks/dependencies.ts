import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { WebhookSender } from '#providers/webhooks/sender';

export interface WebhookDependencies {
  readonly db: Database;
  readonly temporal: Client;
  readonly encryption: Encryption;
  readonly config: Pick<Config, 'TASK_QUEUE_PREFIX'>;
  readonly sender: Pick<WebhookSender, 'send'>;
}
export type TryingDependencies = Pick<WebhookDependencies, 'db' | 'encryption' | 'sender'>;
export type WakingDependencies = Pick<WebhookDependencies, 'db' | 'temporal' | 'config'>;
