import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { MailProvider } from '#providers/email/provider';
import type { TextMessages } from '#providers/messaging/provider';
import type { PushProvider } from '#providers/push/provider';

/** What carries notifications; null for what is not configured. */
export interface Channels {
  readonly textMessages: TextMessages;
  readonly mails: MailProvider | null;
  readonly pushes: PushProvider | null;
}

export interface DeliveryDependencies extends Channels {
  readonly db: Database;
  readonly log: Logger;
  readonly encryption: Encryption;
  /** Told of each text that was not there in the wanted language. */
  readonly missing?: (kind: string, language: string) => void;
}

/** What starts the workflow of a notification. */
export interface StartingDependencies {
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
}
