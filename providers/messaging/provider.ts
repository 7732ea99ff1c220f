import type { CircuitState } from '../breaker.ts';

/** A text message to a phone. `deduplicationId` makes a repeated send harmless where the provider supports it. */
export interface TextMessage {
  /** E.164 with the plus. */
  readonly to: string;
  readonly body: string;
  readonly deduplicationId: string;
  /** It may come twice where nobody knows whether it came: true for a login code alone. */
  readonly mayRepeat?: boolean;
  /** The short code to which was written what it answers; else whoever we are in the market. */
  readonly from?: string;
}

export interface TakenText {
  readonly provider: string;
  readonly messageId: string | null;
}

/** Sends texts, by one provider or by the first of several that takes them. */
export interface TextMessages {
  /**
   * Resolves when a provider took the message.
   *
   * @returns who took it, and by which id it says later what became of it; null where it says nothing
   * @throws ProviderFailure otherwise.
   */
  send(message: TextMessage): Promise<TakenText>;
  /** In the order in which they are asked. */
  readonly providers: readonly TextMessageProvider[];
}

export interface TextMessageProvider {
  readonly name: string;
  /** As of `TextMessages`, by this one. */
  send(message: TextMessage): Promise<TakenText>;
  /** Resolves when the provider answers. @throws ProviderFailure */
  ping(): Promise<void>;
  /** Of the circuit breaker, for health and metrics. */
  circuit(): CircuitState;
}
