import { setCurrentDetails, sleep } from '@temporalio/workflow';
import type { Confirmation, InboundActivities } from '#domain/payments/wire';
import { activitiesOf } from '../kit/activities.ts';
import { askingProvider } from '../kit/retry.ts';

/** Seconds between two questions to a provider that does not know of the payment yet: ten minutes in all. */
const PATIENCE = [1, 2, 4, 8, 15, 30, 60, 120, 180, 180];

/** And after that, while its statement may lag and its lease is in doubt about it: three days at most. */
const WHILE_IT_LAGS = [600, 1_200, 2_400, 4_800, ...Array.from({ length: 34 }, () => 7_200)];

const activities = activitiesOf<InboundActivities>('payments', askingProvider('1 minute'));

/**
 * A payment that a customer made by himself, from its announcement to where it belongs: the provider is
 * asked, then it goes to the lease whose reference was typed, or into suspense. What is denied, the statement that lists it one
 * day brings back. Workflow id `inbound-<provider>-<market>-<receipt>`: announced many times, it is booked once.
 */
export async function inboundPayment({ inboundId }: { readonly inboundId: string }): Promise<string> {
  const confirmed = await confirmation(inboundId);
  if (confirmed === 'charge') {
    setCurrentDetails('**a charge of ours**: no money beside it');
    return 'charge';
  }
  if (confirmed === 'returned') {
    setCurrentDetails('**went back**: the statement says so, and no lease gets it');
    return 'returned';
  }
  if (!confirmed) {
    setCurrentDetails('**refuted**: the provider knows of no such payment; a case is open');
    return 'refuted';
  }
  const leaseId = await activities().leaseForInbound({ inboundId });
  if (leaseId !== null && (await activities().giveToLease({ inboundId, leaseId }))) {
    setCurrentDetails(`booked to \`lease-${leaseId}\``);
    return 'posted';
  }
  await activities().putIntoSuspense({ inboundId });
  setCurrentDetails('**in suspense**: an agent finds out whose it is');
  return 'suspense';
}

async function confirmation(inboundId: string): Promise<Confirmation> {
  setCurrentDetails('waits for the provider to confirm it');
  for (const seconds of PATIENCE) {
    const confirmed = await activities().confirmInbound({ inboundId });
    if (confirmed !== false) return confirmed;
    await sleep(seconds * 1000, { summary: 'ask the provider again' });
  }
  for (const seconds of WHILE_IT_LAGS) {
    const confirmed = await activities().confirmInbound({ inboundId });
    if (confirmed !== false) return confirmed;
    if ((await activities().refuteInbound({ inboundId })) !== 'waits') return false;
    setCurrentDetails('is on no statement yet: its lease is in doubt about it until the report of its day');
    await sleep(seconds * 1000, { summary: 'ask the provider again' });
  }
  const confirmed = await activities().confirmInbound({ inboundId });
  if (confirmed === false) await activities().refuteInbound({ inboundId, isLast: true });
  return confirmed;
}
