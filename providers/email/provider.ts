import type { CircuitState } from '../breaker.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  /** Becomes its Message-ID, so that a mail that comes twice is known as one. */
  readonly id: string;
}

/** Sends e-mail. */
export interface MailProvider {
  readonly name: string;
  /** Resolves when the server took the mail. @throws ProviderFailure otherwise; `refused` where the address is none. */
  send(mail: Mail): Promise<void>;
  /** Resolves when the server answers. @throws ProviderFailure */
  ping(): Promise<void>;
  /** Of the circuit breaker, for health and metrics. */
  circuit(): CircuitState;
}
