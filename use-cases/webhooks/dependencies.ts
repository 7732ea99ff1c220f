import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { WebhookSender } from '#providers/webhooks/sender';

export interface WebhookDependencies {
  readonly db: Database;
  readonly temporal: Client;
  readonly encryption: Encryption;
  readonly config: Pick<Config, 'TASK_QUEUE_PREFIX'>;
  readonly sender: Pick<WebhookSender, 'send'>;
}
export type TryingDependencies = Pick<WebhookDependencies, 'db' | 'encryption' | 'sender'>;
/** Of what an operator does to an endpoint, which is looked at and woken at once. */
export type EndpointDependencies = Pick<WebhookDependencies, 'db' | 'temporal' | 'encryption'> & {
  readonly config: Pick<Config, 'TASK_QUEUE_PREFIX' | 'WEBHOOK_ALLOW_PRIVATE'>;
  readonly log: Logger;
};
export type WakingDependencies = Pick<WebhookDependencies, 'db' | 'temporal' | 'config'>;
