import type { PaymentProvider } from '../markets.ts';

/**
 * The chart of accounts and the transfers of a lease's life. Debits are positive, credits negative.
 *
 * | account | kind | holds |
 * |---|---|---|
 * | `clearing:<provider>` | asset | money at a mobile-money provider |
 * | `float:<agent>` | asset | cash that an agent holds |
 * | `stock:trade_in` | asset | vehicles that customers gave for others, at what they were taken for |
 * | `cash:office` | asset | cash that agents handed over |
 * | `cash:lost` | expense | cash that was lost or stolen, or short when it was counted |
 * | `lease:<id>:receivable` | asset | what the customer still owes: outstanding and late fees, until it is given up |
 * | `lease:<id>:disputed` | asset | money that was taken back after it was used or given back |
 * | `lease:<id>:former` | asset | what was taken back of who had the lease before, and he owes |
 * | `lease:<id>:deposit` | liability | deposit held until handover |
 * | `lease:<id>:unapplied` | liability | credit that belongs to the customer |
 * | `suspense:<provider>` | liability | money that came for nobody known yet |
 * | `unearned:<component>`, `unearned:fee` | liability | sold or charged, not yet paid for; `unearned:deposit` is a deposit taken back after handover |
 * | `income:<component>`, `income:fee` | income | earned when it is paid |
 * | `subsidy` | asset | what others pay of the price of vehicles, until they do; below zero it is theirs |
 * | `lease:<id>:sale` | clearing | what the sale of a vehicle that was taken back brought, until it is set against what is owed |
 * | `insurance` | asset | what insurers pay for vehicles that were lost |
 * | `write_off` | expense | receivables given up |
 * | `write_off:unearned` | income | what was never earned of them; the two show the gross figures |
 * | `recovery` | income | paid after a write-off |
 * | `rounding` | expense | rests of less than a unit that nobody can pay; income where they were the customer's |
 */
export interface Entry {
  readonly account: string;
  /** Minor units; a debit is positive. */
  readonly amount: number;
}

/** What a part of a payment was for. `instalment` is null for the deposit, fees, a dispute and credit. */
export interface AllocationPart {
  readonly component: string;
  readonly instalment: number | null;
  /** Minor units. */
  readonly amount: number;
  /** Of credit that was paid out in cash: the payment that had brought it. */
  readonly of?: string;
}

export const accounts = {
  clearing: (provider: PaymentProvider) => `clearing:${provider}`,
  float: (agentId: string) => `float:${agentId}`,
  tradeIn: 'stock:trade_in',
  office: 'cash:office',
  lostCash: 'cash:lost',
  receivable: (leaseId: string) => `lease:${leaseId}:receivable`,
  deposit: (leaseId: string) => `lease:${leaseId}:deposit`,
  unapplied: (leaseId: string) => `lease:${leaseId}:unapplied`,
  disputed: (leaseId: string) => `lease:${leaseId}:disputed`,
  former: (leaseId: string) => `lease:${leaseId}:former`,
  suspense: (provider: PaymentProvider) => `suspense:${provider}`,
  unearned: (component: string) => `unearned:${component}`,
  income: (component: string) => `income:${component}`,
  writeOff: 'write_off',
  writeOffUnearned: 'write_off:unearned',
  sale: (leaseId: string) => `lease:${leaseId}:sale`,
  subsidy: 'subsidy',
  insurance: 'insurance',
  recovery: 'recovery',
  rounding: 'rounding',
} as const;

/** Journals: each numbers its transfers 1, 2, 3 … without gaps. */
export const books = {
  lease: (leaseId: string) => `lease:${leaseId}`,
  provider: (provider: PaymentProvider) => `provider:${provider}`,
  agent: (agentId: string) => `agent:${agentId}`,
} as const;

/** Which life of the lease money comes into: the deposit is held before handover and earned after it. */
export type Phase = 'application' | 'running' | 'written_off';

/** The lease that an account belongs to, or null for the house's own. */
export function leaseOfAccount(name: string): string | null {
  return name.startsWith('lease:') ? (name.split(':')[1] ?? null) : null;
}

/**
 * Money came from `source` (a provider, an agent, suspense, the lease's own credit) and was allocated.
 * A deposit is held until handover; after it, it pays the receivable as fees and lines do, and earns the
 * vehicle. What is in dispute is paid back; the rest is the customer's credit. After a write-off everything
 * that was given up is recovery. Cents of a payment that nobody can pay back are the house's.
 */
export function receipt(leaseId: string, source: string, parts: readonly AllocationPart[], phase: Phase): Entry[] {
  const sheet = new Sheet();
  for (const { component, amount } of parts) {
    sheet.add(source, amount);
    if (component === 'credit') sheet.add(accounts.unapplied(leaseId), -amount);
    else if (component === 'disputed') sheet.add(accounts.disputed(leaseId), -amount);
    else if (component === 'rounding') sheet.add(accounts.rounding, -amount);
    else if (phase === 'written_off') sheet.add(accounts.recovery, -amount);
    else if (component === 'deposit' && phase === 'application') sheet.add(accounts.deposit(leaseId), -amount);
    else {
      sheet.add(accounts.receivable(leaseId), -amount);
      sheet.add(accounts.unearned(component), amount);
      sheet.add(accounts.income(component === 'deposit' ? 'vehicle' : component), -amount);
    }
  }
  return sheet.entries();
}

/**
 * Money that came from `source` went back there: what it paid is owed again, what it earned is not earned, its
 * credit is gone. A part `disputed` raises what is in dispute: what it paid stays paid.
 */
export function takenBack(leaseId: string, source: string, parts: readonly AllocationPart[], phase: Phase): Entry[] {
  return receipt(leaseId, source, parts, phase).map(({ account, amount }) => ({ account, amount: -amount }));
}

/**
 * Handover: the customer owes every line of the schedule, by component; the deposit that was held is
 * earned as vehicle income. Credit from before is applied by a `receipt` from `unapplied`.
 */
export function handover(leaseId: string, deposit: number, byComponent: ReadonlyMap<string, number>): Entry[] {
  const sheet = new Sheet();
  for (const [component, amount] of byComponent) {
    sheet.add(accounts.receivable(leaseId), amount);
    sheet.add(accounts.unearned(component), -amount);
  }
  sheet.add(accounts.deposit(leaseId), deposit);
  sheet.add(accounts.income('vehicle'), -deposit);
  return sheet.entries();
}

/** Somebody else pays a part of the price: it is earned with the handover, and he owes it. */
export function subsidised(amount: number): Entry[] {
  return new Sheet().add(accounts.subsidy, amount).add(accounts.income('vehicle'), -amount).entries();
}

/** A vehicle was given for another one: what of its worth is theirs who had paid a part of its price they do not owe, or have back. */
export function subsidyBack(amount: number): Entry[] {
  return new Sheet().add(accounts.tradeIn, amount).add(accounts.subsidy, -amount).entries();
}

/** Money of the customer's that was held as deposit becomes credit, to be refunded: the lease ended before handover. */
export function releaseDeposit(leaseId: string, amount: number): Entry[] {
  return new Sheet().add(accounts.deposit(leaseId), amount).add(accounts.unapplied(leaseId), -amount).entries();
}

/** Credit went back to the customer through `source`; what went beyond it is in dispute. */
export function refund(leaseId: string, source: string, amount: number, beyond = 0): Entry[] {
  return new Sheet()
    .add(accounts.unapplied(leaseId), amount - beyond)
    .add(accounts.disputed(leaseId), beyond)
    .add(source, -amount)
    .entries();
}

/** A late fee is owed. */
export function lateFee(leaseId: string, amount: number): Entry[] {
  return new Sheet().add(accounts.receivable(leaseId), amount).add(accounts.unearned('fee'), -amount).entries();
}

/**
 * A late fee turns out to be unfounded: what of it is not paid is not owed any more, and what was paid of it
 * pays `parts` instead.
 */
export function lateFeeUndone(leaseId: string, unpaid: number, parts: readonly AllocationPart[]): Entry[] {
  const sheet = new Sheet().add(accounts.receivable(leaseId), -unpaid).add(accounts.unearned('fee'), unpaid);
  for (const { account, amount } of receipt(leaseId, accounts.income('fee'), parts, 'running'))
    sheet.add(account, amount);
  return sheet.entries();
}

/** What is not owed any more, by component: the saving of a settlement, a fee that is forgiven. */
export function waiver(leaseId: string, byComponent: ReadonlyMap<string, number>): Entry[] {
  const sheet = new Sheet();
  for (const [component, amount] of byComponent)
    sheet.add(accounts.receivable(leaseId), -amount).add(accounts.unearned(component), amount);
  return sheet.entries();
}

/**
 * What a settlement saves, by component of the lines that are left. Of a declining plan that is interest which is not
 * earned, as far as there is any: interest that was paid ahead of its time has paid the principal that is waived.
 */
export function settlementSaving(
  leaseId: string,
  byComponent: ReadonlyMap<string, number>,
  interestPaidAhead: number,
): Entry[] {
  const moved = Math.min(interestPaidAhead, byComponent.get('principal') ?? 0);
  const sheet = new Sheet().add(accounts.income('interest'), moved).add(accounts.income('principal'), -moved);
  for (const { account, amount } of waiver(leaseId, byComponent)) sheet.add(account, amount);
  return sheet.entries();
}

/** What is owed is given up as a loss, by component; what comes later is recovery. */
export function writeOff(leaseId: string, byComponent: ReadonlyMap<string, number>): Entry[] {
  const sheet = new Sheet();
  for (const [component, amount] of byComponent) {
    sheet.add(accounts.writeOff, amount).add(accounts.receivable(leaseId), -amount);
    sheet.add(accounts.unearned(component), amount).add(accounts.writeOffUnearned, -amount);
  }
  return sheet.entries();
}

/**
 * An insurer pays less for a loss than was said: what that had paid before the lease was given up is owed again, and is a
 * loss like the rest; of what it paid as recovery so much less was recovered.
 */
export function insurerPaidLess(leaseId: string, parts: readonly AllocationPart[], phase: Phase): Entry[] {
  const sheet = new Sheet();
  for (const { account, amount } of takenBack(leaseId, accounts.insurance, parts, phase)) sheet.add(account, amount);
  if (phase === 'written_off') return sheet.entries();
  const lost = new Map<string, number>();
  for (const { component, amount } of parts) lost.set(component, (lost.get(component) ?? 0) + amount);
  for (const { account, amount } of writeOff(leaseId, lost)) sheet.add(account, amount);
  return sheet.entries();
}

/** The house has paid to take a vehicle back, to keep or to sell it: a loss, until its customer pays it. */
export function keepingCosts(amount: number): Entry[] {
  return new Sheet().add(accounts.writeOff, amount).add(accounts.office, -amount).entries();
}

/** What the sale of a vehicle that was taken back brought, to the office or into stock. */
export function proceedsOfSale(leaseId: string, into: string, amount: number): Entry[] {
  return new Sheet().add(into, amount).add(accounts.sale(leaseId), -amount).entries();
}

/** What is in dispute is given up as a loss. */
export function disputeGivenUp(leaseId: string, amount: number): Entry[] {
  return new Sheet().add(accounts.writeOff, amount).add(accounts.disputed(leaseId), -amount).entries();
}

/** Who had the lease before pays of what he owes, to an agent, or by money that waited in suspense. */
export function formerClaimPaid(leaseId: string, into: string, amount: number): Entry[] {
  return new Sheet().add(into, amount).add(accounts.former(leaseId), -amount).entries();
}

/** What of that is less than a unit nobody can pay: it is forgiven; below zero it is owed again. */
export function formerClaimRounded(leaseId: string, amount: number): Entry[] {
  return new Sheet().add(accounts.rounding, amount).add(accounts.former(leaseId), -amount).entries();
}

/** What who had the lease before owes is given up as a loss. */
export function formerClaimGivenUp(leaseId: string, amount: number): Entry[] {
  return new Sheet().add(accounts.writeOff, amount).add(accounts.former(leaseId), -amount).entries();
}

/** Money came that belongs to nobody known yet. */
export function suspend(provider: PaymentProvider, amount: number): Entry[] {
  return new Sheet().add(accounts.clearing(provider), amount).add(accounts.suspense(provider), -amount).entries();
}

/** Money in suspense went back to whoever had paid it. */
export function returned(provider: PaymentProvider, amount: number): Entry[] {
  return new Sheet().add(accounts.suspense(provider), amount).add(accounts.clearing(provider), -amount).entries();
}

/** An agent's cash reached the office. */
export function remittance(agentId: string, amount: number): Entry[] {
  return new Sheet().add(accounts.office, amount).add(accounts.float(agentId), -amount).entries();
}

/** An agent's cash is gone, and the house bears it. */
export function lostCash(agentId: string, amount: number): Entry[] {
  return new Sheet().add(accounts.lostCash, amount).add(accounts.float(agentId), -amount).entries();
}

/** Entries of one transfer that were made apart. */
export function together(entries: readonly Entry[]): Entry[] {
  const sheet = new Sheet();
  for (const { account, amount } of entries) sheet.add(account, amount);
  return sheet.entries();
}

/** Sums amounts by account, so that a transfer names each account once, and leaves out what is zero. */
class Sheet {
  readonly #amounts = new Map<string, number>();

  add(account: string, amount: number): this {
    this.#amounts.set(account, (this.#amounts.get(account) ?? 0) + amount);
    return this;
  }

  entries(): Entry[] {
    return [...this.#amounts].filter(([, amount]) => amount !== 0).map(([account, amount]) => ({ account, amount }));
  }
}
