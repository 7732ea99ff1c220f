import type { Message } from './messages.ts';

/** What goes between workflows and the support activities (`domain/leases/wire.ts` says by which rules). */
export interface TextOrder {
  /** One message per key: a repeated activity sends nothing twice, short of a crash between sending and noting it. */
  readonly key: string;
  readonly leaseId: string;
  readonly message: Message;
  /** The lease's own time when it was asked for, ISO 8601 UTC; texts of before do not have it. */
  readonly at?: string;
}

/** The activities of the `support` task queue. */
export interface SupportActivities {
  sendText: (input: TextOrder) => Promise<void>;
}
