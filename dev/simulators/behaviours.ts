/** Why a simulated charge fails, in the simulator's words; each provider has its own code for it. */
export type Decline =
  | 'noFunds'
  | 'declined'
  | 'noSubscriber'
  | 'overLimit'
  | 'expired'
  | 'internalError'
  | 'unavailable'
  | 'notPerformed';

/** What really becomes of a charge: money moves, or it does not, or nobody ever decides. */
export type Outcome = 'charged' | Decline | 'pending';

/**
 * How the request itself is answered: as documented; only after the callback was sent; not at all (the
 * socket closes after a while); with a server error although it was taken.
 */
type Answer = 'accepted' | 'afterCallback' | 'withheld' | 'serverError';

/** What a callback says: what is true, or a lie. */
export type Claim = 'truth' | 'failed' | 'paid' | 'smallerAmount';

/** One row of the table: how charges of payers with these last digits go. */
export interface Behaviour {
  /** Last three digits of the payer; null for all that are not listed. */
  readonly digits: string | null;
  readonly summary: string;
  readonly outcome: Outcome;
  /** From taking the charge to its outcome, in milliseconds. */
  readonly settlesAfter: number;
  readonly answer: Answer;
  /** In milliseconds after the outcome; a few more are added, the same for each charge of a seed. */
  readonly callbacks: readonly { readonly after: number; readonly claim: Claim }[];
  /** Whether the request reaches a phone. */
  readonly prompts: boolean;
  /** So many charges of a payer lack funds before one goes as `outcome` says. */
  readonly lacksFundsFirst: number;
  /** So many requests of a charge are refused, not taken, before one is. */
  readonly refusesFirst: number;
}

const once = [{ after: 20, claim: 'truth' }] as const;

const paysAtOnce: Behaviour = {
  digits: null,
  summary: 'pays at once, one callback',
  outcome: 'charged',
  settlesAfter: 0,
  answer: 'accepted',
  callbacks: once,
  prompts: true,
  lacksFundsFirst: 0,
  refusesFirst: 0,
};

const row = (digits: string, summary: string, differs: Partial<Behaviour>): Behaviour => ({
  ...paysAtOnce,
  digits,
  summary,
  ...differs,
});

/** The table of docs/simulator.md, in its order. */
export const behaviours: readonly Behaviour[] = [
  paysAtOnce,
  row('001', 'pays after 3 s', { settlesAfter: 3_000 }),
  row('002', 'pays, the callback is lost', { callbacks: [] }),
  row('003', 'pays, the callback comes three times', {
    callbacks: [...once, { after: 60, claim: 'truth' }, { after: 110, claim: 'truth' }],
  }),
  row('004', 'the callback arrives before the answer to the charge', { answer: 'afterCallback' }),
  row('005', 'the callback says failed, the status says paid: it was charged', {
    callbacks: [{ after: 20, claim: 'failed' }],
  }),
  row('006', 'the callback says paid, the status says failed: it was not charged', {
    outcome: 'noFunds',
    callbacks: [{ after: 20, claim: 'paid' }],
  }),
  row('007', 'paid; a failure callback follows two seconds later', {
    callbacks: [...once, { after: 2_020, claim: 'failed' }],
  }),
  row('010', 'never enough funds', { outcome: 'noFunds' }),
  row('011', "not enough funds for this payer's first two charges ever, then pays", { lacksFundsFirst: 2 }),
  row('012', 'the customer declines the prompt', { outcome: 'declined' }),
  row('013', 'no such subscriber', { outcome: 'noSubscriber', prompts: false }),
  row('014', "over the payer's limit", { outcome: 'overLimit' }),
  row('015', 'the prompt expires unanswered, after 5 s', { outcome: 'expired', settlesAfter: 5_000 }),
  row('020', "the charge's answer times out, but it was charged", { answer: 'withheld' }),
  row('021', 'the first two requests of each charge answer 500 (M-Pesa: 500.003.02) and are not taken, then it works', {
    refusesFirst: 2,
  }),
  row('022', 'the charge answers 500 (M-Pesa: without a body) but it was charged', { answer: 'serverError' }),
  row('023', 'stays pending for ever', { outcome: 'pending', callbacks: [] }),
  row('024', 'pending for long, charged at last after 20 s', { settlesAfter: 20_000 }),
  row('030', 'charged, the callback names a smaller amount', { callbacks: [{ after: 20, claim: 'smallerAmount' }] }),
];

/** How long a withheld answer keeps its caller waiting before the socket is destroyed, in milliseconds. */
export const WITHHELD = 15_000;

/** The numbers MTN documents for its sandbox; they go before the last three digits. */
const sandboxPayers: readonly Behaviour[] = [
  row('46733123450', 'MTN sandbox: failed', { outcome: 'internalError' }),
  row('46733123451', 'MTN sandbox: rejected', { outcome: 'declined' }),
  row('46733123452', 'MTN sandbox: expired', { outcome: 'expired' }),
  row('46733123453', 'MTN sandbox: ongoing', { outcome: 'pending', callbacks: [] }),
  row('46733123454', 'MTN sandbox: delayed', { settlesAfter: 30_000 }),
  row('46733123455', 'MTN sandbox: not found', { outcome: 'noSubscriber', prompts: false }),
  row('46733123461', 'MTN sandbox: internal error', { outcome: 'internalError' }),
  row('46733123462', 'MTN sandbox: unavailable', { outcome: 'unavailable' }),
  row('46733123463', 'MTN sandbox: could not perform', { outcome: 'notPerformed' }),
];

const byDigits = new Map([...behaviours, ...sandboxPayers].map((behaviour) => [behaviour.digits, behaviour]));

/** The row for a payer (E.164 with the plus). */
export function behaviourOf(payer: string): Behaviour {
  return byDigits.get(payer.slice(1)) ?? byDigits.get(payer.slice(-3)) ?? paysAtOnce;
}
