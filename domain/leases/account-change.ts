/** What others than its customer do to what he has paid of a lease, or owes: he is told of each. */
export const accountChanges = [
  'cash_received',
  'booked',
  'paid_out',
  'payout_undone',
  'taken_back',
  'fees_waived',
  // Of who had the lease before it was made over.
  'claimed',
  'claim_ended',
] as const;
export type AccountChange = (typeof accountChanges)[number];

const MOST_OF_A_NUMBER = 20;

/** A receipt's number as a text of a telephone can say it; null where it is too long for that, or has other letters. */
export const sayable = (receiptNumber: string): string | null =>
  receiptNumber.length <= MOST_OF_A_NUMBER && /^[\w ./-]+$/.test(receiptNumber) ? receiptNumber : null;
