import type { Market } from '../markets.ts';
import type { Message } from '../notifications/messages.ts';

/** What goes between workflows and the support activities (`domain/leases/wire.ts` says by which rules). */
export interface TextOrder {
  /** One notification per key: a repeated activity sends nothing twice. */
  readonly key: string;
  readonly leaseId: string;
  readonly message: Message;
  /** The lease's own time when it was asked for, ISO 8601 UTC; texts of before do not have it. */
  readonly at?: string;
}

/** What a ticket's workflow has to do next. Times are ISO 8601 UTC. */
export interface TicketView {
  /** When its next deadline is; null where no clock runs. */
  readonly escalatesAt: string | null;
  /** The newest answer that the customer has not been told of, and in whose market he sleeps. */
  readonly untold: { readonly id: string; readonly market: Market } | null;
  /** When its wait for the customer is next looked at; null and absent where it waits for nobody. */
  readonly waitsUntil?: string | null;
}

/** The activities of the `support` task queue. `at` is the workflow's own time, ISO 8601 UTC. */
export interface SupportActivities {
  /** Has the customer of a lease told something: on record and on its way when it is done. */
  notify: (input: TextOrder) => Promise<void>;
  /** What runs of before call `notify`. */
  sendText: (input: TextOrder) => Promise<void>;
  lookAtTicket: (input: { readonly ticketId: string }) => Promise<TicketView>;
  escalateOverdue: (input: { readonly ticketId: string; readonly at: string }) => Promise<void>;
  /** Its customer is reminded, or it is resolved without him, as it is time for. */
  lookAtWait: (input: { readonly ticketId: string; readonly at: string }) => Promise<void>;
  tellOfAnswer: (input: {
    readonly ticketId: string;
    readonly messageId: string;
    readonly at: string;
  }) => Promise<void>;
}
