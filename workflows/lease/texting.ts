import { patched } from '@temporalio/workflow';
import { afterQuietHours } from '#domain/quiet-hours';
import type { Message } from '#domain/notifications/messages';
import type { LeaseRun } from './run.ts';

/**
 * Texts for which a lease itself waited for the morning before notifications did (`notifications-wait-by-themselves`):
 * old histories have their timers. When a text goes out is said in `domain/notifications/messages.ts` now; none is added here.
 */
const oncePutOff: ReadonlySet<Message['template']> = new Set([
  'declined',
  'lapsed',
  'deposit_owed_again',
  'prompt_declined',
  'wrong_pin',
  'other_method',
  'repossessed',
  'total_loss',
  'owner',
  'refund',
]);

/** Tells the customer something, once a key. */
export function text(lease: LeaseRun, key: string, message: Message): void {
  const { quiet, terms } = lease.state;
  const isPutOff =
    oncePutOff.has(message.template) && (message.template !== 'owner' || patched('owners-are-told-by-day'));
  lease.writes({ key, message, notBefore: isPutOff ? afterQuietHours(Date.now(), quiet, terms.market) : 0 });
}
