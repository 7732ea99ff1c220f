import { afterQuietHours } from '#domain/quiet-hours';
import type { Message } from '#domain/notifications/messages';
import type { LeaseRun } from './run.ts';

/** Tells the customer something at once, once a key: it answers what a person has done. */
export function text(lease: LeaseRun, key: string, message: Message): void {
  lease.writes({ key, message, notBefore: 0 });
}

/** Tells the customer, once a key, what came about by itself: at night it waits for the morning. */
export function textByDay(lease: LeaseRun, key: string, message: Message): void {
  const { quiet, terms } = lease.state;
  lease.writes({ key, message, notBefore: afterQuietHours(Date.now(), quiet, terms.market) });
}
