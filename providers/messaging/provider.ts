import type { CircuitState } from '../breaker.ts';

/** A text message to a phone. `deduplicationId` makes a repeated send harmless where the provider supports it. */
interface TextMessage {
  /** E.164 with the plus. */
  readonly to: string;
  readonly body: string;
  readonly deduplicationId: string;
}

interface TakenText {
  readonly provider: string;
  readonly messageId: string | null;
}

export interface TextMessageProvider {
  readonly name: string;
  /**
   * Resolves when the provider took the message.
   *
   * @returns by which id it says later what became of it; null where it says nothing
   * @throws ProviderFailure otherwise.
   */
  send(message: TextMessage): Promise<TakenText>;
  /** Resolves when the provider answers. @throws ProviderFailure */
  ping(): Promise<void>;
  /** Of the circuit breaker, for health and metrics. */
  circuit(): CircuitState;
}
