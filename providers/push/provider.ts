import type { CircuitState } from '../breaker.ts';

/** Where a browser lets itself be pushed to, and the keys that only it can read with (RFC 8291). */
export interface PushSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

export interface PushMessage {
  readonly title: string;
  readonly body: string;
  /** A message that has not arrived is replaced by a later one of the same. */
  readonly id: string;
}

/** Pushes to browsers. */
export interface PushProvider {
  readonly name: string;
  /** With what browsers subscribe to us: the public key of VAPID. */
  readonly publicKey: string;
  /**
   * Resolves when the push service took the message.
   *
   * @throws ProviderFailure otherwise; `refused` with `no_subscriber` where the subscription is no more.
   */
  send(to: PushSubscription, message: PushMessage): Promise<void>;
  circuit(): CircuitState;
}
