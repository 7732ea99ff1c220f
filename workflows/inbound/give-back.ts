import { ActivityFailure, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { GiveBackStatus } from '#domain/payments/payment';
import type { GiveBackActivities } from '#domain/payments/wire';
import { activitiesOf } from '../kit/activities.ts';
import { askingProvider, untilDone } from '../kit/retry.ts';

const HOUR = 3_600;
/** Seconds between two questions before it is in doubt: ten minutes in all. */
const SOON = [1, 2, 4, 8, 15, 30, 60, 120, 180, 180];
/** And after that: a day of hours, a month of days. */
const LATER = [...Array.from({ length: 24 }, () => HOUR), ...Array.from({ length: 30 }, () => 24 * HOUR)];

const activities = activitiesOf<GiveBackActivities>('payments');
/** A provider that is down for a day was sent nothing: it waits in suspense again. */
const sending = askingProvider('1 minute', '1 day');

/**
 * Money in suspense goes back to whoever had paid it: sent once, then asked about until the provider says what became of
 * it. Workflow id `give-back-<id>`; run again, it asks again and sends nothing twice.
 */
export async function giveBack(input: { readonly giveBackId: string }): Promise<GiveBackStatus> {
  setCurrentDetails('is sent');
  let status = await sent(input);
  for (const seconds of SOON) {
    if (isKnown(status)) return told(status);
    await sleep(seconds * 1000, { summary: 'ask the provider' });
    status = await activities(askingProvider('1 minute')).askGiveBack(input);
  }
  if (!isKnown(status)) status = await activities(untilDone).doubtGiveBack(input);
  setCurrentDetails('**unknown**: a case is open');
  for (const seconds of LATER) {
    if (isKnown(status)) break;
    await sleep(seconds * 1000, { summary: 'ask the provider again' });
    status = await activities(askingProvider('1 minute')).askGiveBack(input);
  }
  return told(status);
}

async function sent(input: { readonly giveBackId: string }): Promise<GiveBackStatus> {
  try {
    return await activities(sending).sendGiveBack(input);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return activities(untilDone).doubtGiveBack(input);
  }
}

const isKnown = (status: GiveBackStatus) => status === 'succeeded' || status === 'failed';

function told(status: GiveBackStatus): GiveBackStatus {
  setCurrentDetails(`**${status}**`);
  return status;
}
