/**
 * What makes a transfer or an entry of the audit trail one, where it is looked up elsewhere by the same words. Keys that
 * only their own function spells stand in it.
 */
export const keys = {
  /** A payment in the books; `anew` tells what it is booked as again from how it was booked first. */
  payment: (paymentId: string, anew?: string) =>
    ['payment', paymentId, ...(anew === undefined ? [] : [anew])].join(':'),
  /** A payment that was taken back; `part` tells a part, or another time, from the first. */
  reversal: (paymentId: string, part?: string) =>
    ['reversal', paymentId, ...(part === undefined ? [] : [part])].join(':'),
  /** Somebody said what became of a payment that no provider could tell of. */
  paymentDecided: (paymentId: string) => `payment.decided:${paymentId}`,
  giveBackDecided: (giveBackId: string) => `inbound.give_back_decided:${giveBackId}`,
  /** Somebody confirmed the earlier day on which cash was taken. */
  paymentBackdated: (paymentId: string) => `payment.backdated:${paymentId}`,
  paymentRefunded: (paymentId: string) => `payment.refunded:${paymentId}`,
  paymentRecovered: (paymentId: string) => `payment.recovered:${paymentId}`,
  /** Cash of whoever had a lease before, by an agent's receipt; `times` is how often such cash of it was undone. */
  claimCash: (agentId: string, receipt: string, times = 0) =>
    ['former-paid', agentId, receipt, ...(times === 0 ? [] : [times])].join(':'),
  /** What waited in suspense has paid what whoever had a lease before owes; `times` is how often it had before. */
  claimByBill: (inboundId: string, times: number) => `former-paid-by-bill:${inboundId}:${times}`,
  claimCashUndone: (transferId: string) => `former-paid-undone:${transferId}`,
  /** Money in suspense that its provider has sent back. */
  suspenseReturned: (once: string) => `suspense-returned:${once}`,
  givenBack: (id: string) => `inbound.given_back:${id}`,
  /** Credit that an insurer's money made of what a customer had paid. */
  insuredSurplus: (leaseId: string) => `insured-surplus:${leaseId}`,
  /** Credit that was paid ahead when a vehicle was returned. */
  returnedAhead: (leaseId: string) => `return:${leaseId}:paid-ahead`,
  /** Credit of what was paid ahead, where the vehicle was lost or taken back. */
  unusedAhead: (leaseId: string) => `unused-ahead:${leaseId}`,
  /** The late fee of a line of a version of the schedule; read back by `lateFeeLine`. */
  lateFee: (leaseId: string, version: number, instalment: number) => `late-fee:${leaseId}:${version}:${instalment}`,
} as const;

/** Which parts of `keys.lateFee` say the line, from 1 on, as `split_part` counts. */
export const lateFeeLine = { version: 3, instalment: 4 } as const;
