import type { DeadReason, Urgency } from './delivery.ts';
import type { Outbound } from './rules.ts';

/** What goes between workflows and the activities of notifications (`domain/leases/wire.ts` says by which rules). */
export interface NotificationInput {
  readonly notificationId: string;
}

/** What is next for a notification. */
export type Advanced =
  /** @property afterMs milliseconds of the workflow's clock until it is worth another look */
  | { readonly state: 'waits'; readonly afterMs: number; readonly for: string }
  /** A channel was tried: what is next now? */
  | { readonly state: 'tried'; readonly channel: Outbound }
  | { readonly state: 'delivered'; readonly by: Outbound | 'in_app' }
  | { readonly state: 'delivered'; readonly by: 'digest'; readonly digestId: string }
  | { readonly state: 'dead'; readonly reason: DeadReason | 'failed' }
  /** What it would have said was over before it was sent. */
  | { readonly state: 'overtaken' }
  /** Its person was erased. */
  | { readonly state: 'gone' };

/** The activities of the `notifications` task queue. `at` is the workflow's own time, ISO 8601 UTC. */
export interface NotificationActivities {
  advanceNotification: (input: NotificationInput & { readonly at: string }) => Promise<Advanced>;
  /** Starts those that are due and have no workflow. @returns how many */
  wakeNotifications: () => Promise<number>;
}

/** The priority of a workflow by its urgency, 1 to 5, the first first: a code is not held up by a thousand reminders. */
export const priorities: Readonly<Record<Urgency, number>> = { now: 1, answer: 2, day: 4 };
