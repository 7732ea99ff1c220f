import type { Client } from '@temporalio/client';
import type { Redis } from 'ioredis';
import type postgres from 'postgres';
import type { Database } from '#db/client';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics/metrics';
import { createTokenIssuer, type TokenIssuer } from '#platform/tokens';
import type { IdentityCheckProvider } from '#providers/identity-check/provider';
import { createIdentityCheck } from '#providers/identity-check/smile-id';
import type { MailProvider } from '#providers/email/provider';
import { createMails } from '#providers/email/smtp';
import { createTextMessages } from '#providers/messaging/text-messages';
import type { TextMessages } from '#providers/messaging/provider';
import { createPushes } from '#providers/push/web-push';
import type { PushProvider } from '#providers/push/provider';
import { createMobileMoney, type MobileMoneyRegistry } from '#providers/mobile-money/registry';
import type { Readiness } from './service/readiness.ts';

/** Everything that the edge works with. */
export interface ApiDependencies {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly sql: postgres.Sql;
  readonly temporal: Client;
  readonly encryption: Encryption;
  readonly tokens: TokenIssuer;
  readonly mobileMoney: MobileMoneyRegistry;
  readonly identityCheck: IdentityCheckProvider | null;
  readonly textMessages: TextMessages;
  readonly mails: MailProvider | null;
  readonly pushes: PushProvider | null;
  readonly readiness: Readiness;
  /** Shared counters of several API processes; null where each counts for itself. */
  readonly redis: Redis | null;
  /** Where requests are counted; null where nobody reads the figures. */
  readonly metrics: Metrics | null;
  /** Milliseconds after which a request is answered that nothing has come of. */
  readonly patience: number;
}

/** Longer than a command may take (docs/commands.md). */
const PATIENCE = 12_000;

/** What the process brings; the rest follows from the configuration. */
export type AppDependencies = Pick<ApiDependencies, 'config' | 'log' | 'db' | 'sql' | 'temporal' | 'encryption'> &
  Partial<ApiDependencies>;

/** @throws ConfigurationError for keys or providers that are configured wrongly or in part. */
export function completeDependencies(given: AppDependencies): ApiDependencies {
  const { config } = given;
  return {
    ...given,
    tokens: given.tokens ?? createTokenIssuer(config),
    mobileMoney: given.mobileMoney ?? createMobileMoney(config),
    identityCheck: given.identityCheck === undefined ? createIdentityCheck(config) : given.identityCheck,
    textMessages: given.textMessages ?? createTextMessages(config),
    mails: given.mails === undefined ? createMails(config) : given.mails,
    pushes: given.pushes === undefined ? createPushes(config) : given.pushes,
    readiness: given.readiness ?? { stopping: false },
    redis: given.redis ?? null,
    metrics: given.metrics ?? null,
    patience: given.patience ?? PATIENCE,
  };
}
