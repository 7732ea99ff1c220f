import { hasEnded, isApplication, type LeaseStatus } from './status.ts';

/** How a lease that is over left its vehicle, which is not its customer's. */
const over: Readonly<Partial<Record<LeaseStatus, string>>> = {
  returned: 'You gave the vehicle back: it belongs to the house, and paying makes it yours no more.',
  repossessed: 'The vehicle was taken back and belongs to the house. Until it is sold you may ask us to redeem it.',
  written_off:
    'The lease was given up: paying what is still owed does not by itself make the vehicle yours. Please talk to us.',
  total_loss: 'The vehicle was lost for good, and the lease is over.',
  upgraded: 'The vehicle was given for another one, whose lease goes on.',
};

interface Shown {
  readonly percent: number;
  readonly paid: string;
  readonly total: string;
  readonly disputed?: string | null;
  readonly isSaidGone?: boolean;
}

/**
 * Whose the vehicle is, in a sentence that is true of the lease's status.
 *
 * @param of.percent 100 only once the vehicle is the customer's
 * @param of.paid as people read it, as `total`
 * @param of.disputed what had paid for it and was taken back since, likewise; null for nothing
 * @param of.isSaidGone true while a case says that money which has paid for it is not with its provider
 */
export function ownershipWords(status: LeaseStatus, shown: Shown): string {
  const { percent, paid, total, disputed = null, isSaidGone = false } = shown;
  const isPaid = percent === 100 || status === 'completed' || status === 'settled_early';
  if (isPaid && disputed !== null)
    return `${disputed} that had paid for the vehicle were taken back and are owed again. Its papers wait until that is settled.`;
  if (isPaid && isSaidGone)
    return 'We are looking into a payment for the vehicle that has not reached us. Its papers wait until that is settled.';
  if (isPaid) return 'The vehicle is yours.';
  const much = `You have paid ${paid} of ${total}, which is ${percent} %.`;
  if (isApplication(status))
    return `${much} The vehicle belongs to the house. Once it is handed over to you it becomes yours with the last payment.`;
  if (hasEnded(status))
    return `${much} ${over[status] ?? 'The application is over, and the vehicle belongs to the house.'}`;
  return `${much} The vehicle becomes yours with the last payment; until then it belongs to the house.`;
}
