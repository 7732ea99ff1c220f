/**
 * What goes between the workflows of webhooks and their activities, kept for as long as a delivery is tried (see
 * `domain/leases/wire.ts` for the rules).
 */
export interface DeliveryInput {
  readonly deliveryId: string;
}

/** What came of a try: the milliseconds until the next one, or why there is none. */
export type Tried =
  | { readonly state: 'later'; readonly afterMs: number }
  /** An earlier delivery of its subject comes first. */
  | { readonly state: 'waits' }
  /** `isBack`: the endpoint takes messages again, or for the first time, so that others need not wait any longer. */
  | { readonly state: 'delivered'; readonly isBack: boolean }
  | { readonly state: 'dead' }
  /** It was deleted with its endpoint. */
  | { readonly state: 'gone' };

/** The activities of the `webhooks` task queue. All may be repeated at any time. */
export interface WebhookActivities {
  /** Sends a delivery, if it is its turn. @param input.at the workflow's time, ISO */
  tryDelivery: (input: DeliveryInput & { readonly at: string }) => Promise<Tried>;
  /** Lets what waited for a delivery begin: the next of its subject, or all of its endpoint. */
  wakeNext: (input: DeliveryInput & { readonly all: boolean }) => Promise<void>;
  /** Begins what is due and has no workflow. @returns how many. */
  wakeOverdue: () => Promise<number>;
}
