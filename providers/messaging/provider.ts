import type { CircuitState } from '../breaker.ts';

/** A text message to a phone. `deduplicationId` makes a repeated send harmless where the provider supports it. */
interface TextMessage {
  /** E.164 with the plus. */
  readonly to: string;
  readonly body: string;
  readonly deduplicationId: string;
}

export interface TextMessageProvider {
  readonly name: string;
  /** Resolves when the provider took the message. @throws ProviderFailure otherwise. */
  send(message: TextMessage): Promise<void>;
  /** Resolves when the provider answers. @throws ProviderFailure */
  ping(): Promise<void>;
  /** Of the circuit breaker, for health and metrics. */
  circuit(): CircuitState;
}
