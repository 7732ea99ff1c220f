import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { Market } from '#domain/markets';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { TokenIssuer } from '#platform/tokens';
import type { TextMessages } from '#providers/messaging/provider';
import type { MobileMoneyRegistry } from '#providers/mobile-money/registry';
import type { CommandKey } from '#steering/command-key';

export interface PhoneDependencies {
  readonly db: Database;
  readonly config: Config;
  readonly temporal: Client;
  readonly encryption: Encryption;
  readonly tokens: TokenIssuer;
  readonly mobileMoney: MobileMoneyRegistry;
  readonly textMessages: TextMessages;
  readonly log: Logger;
}

/** Who is at a phone, and the step that he takes. */
export interface Call {
  readonly deps: PhoneDependencies;
  /** E.164 with the plus; whose it is, the network says. */
  readonly phone: string;
  readonly phoneHash: string;
  /** Null for a number of another country. */
  readonly market: Market | null;
  /** What was dialled. */
  readonly code: string;
  /** In which the next screen speaks. */
  language: string;
  /** The same for the same step of the same session, however often the gateway sends it. */
  readonly key: CommandKey;
  /** When its session began. */
  readonly begunAt: Date;
  readonly at: Date;
}
