import type { Actor } from './identity/roles.ts';

/**
 * What goes to an activity with every step: when, an ISO 8601 instant on the clock of its lease where there is one, and
 * who caused it, the workflow itself when absent.
 */
export interface Cause {
  readonly at: string;
  readonly actor?: Actor;
}
