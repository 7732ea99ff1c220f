import type { PaymentProvider } from '../markets.ts';
import type { AllocationPart } from './payment.ts';

/**
 * The chart of accounts and the transfers of a lease's life. Debits are positive, credits negative.
 *
 * | account | kind | holds |
 * |---|---|---|
 * | `clearing:<provider>` | asset | money at a mobile-money provider |
 * | `float:<agent>` | asset | cash that an agent holds |
 * | `lease:<id>:receivable` | asset | what the customer still owes |
 * | `lease:<id>:deposit` | liability | deposit held until handover |
 * | `lease:<id>:unapplied` | liability | credit that belongs to the customer |
 * | `unearned:<component>` | liability | sold, not yet paid for |
 * | `income:<component>`, `income:fee` | income | earned when it is paid |
 */
export interface Entry {
  readonly account: string;
  /** Minor units; a debit is positive. */
  readonly amount: number;
}

export const accounts = {
  clearing: (provider: PaymentProvider) => `clearing:${provider}`,
  float: (agentId: string) => `float:${agentId}`,
  receivable: (leaseId: string) => `lease:${leaseId}:receivable`,
  deposit: (leaseId: string) => `lease:${leaseId}:deposit`,
  unapplied: (leaseId: string) => `lease:${leaseId}:unapplied`,
  unearned: (component: string) => `unearned:${component}`,
  income: (component: string) => `income:${component}`,
} as const;

/** The lease that an account belongs to, or null for the house's own. */
export function leaseOfAccount(name: string): string | null {
  return name.startsWith('lease:') ? (name.split(':')[1] ?? null) : null;
}

/**
 * Money came from `source` (a provider, an agent, the lease's own credit) and was allocated. Deposit is held, fees are income, lines reduce the
 * receivable and earn their components, the rest is the customer's credit.
 */
export function receipt(leaseId: string, source: string, parts: readonly AllocationPart[]): Entry[] {
  const sheet = new Sheet();
  for (const { component, amount } of parts) {
    sheet.add(source, amount);
    switch (component) {
      case 'deposit':
        sheet.add(accounts.deposit(leaseId), -amount);
        break;
      case 'fee':
        sheet.add(accounts.income('fee'), -amount);
        break;
      case 'credit':
        sheet.add(accounts.unapplied(leaseId), -amount);
        break;
      default:
        sheet.add(accounts.receivable(leaseId), -amount);
        sheet.add(accounts.unearned(component), amount);
        sheet.add(accounts.income(component), -amount);
    }
  }
  return sheet.entries();
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

/** Money of the customer's that was held as deposit becomes credit, to be refunded: the lease ended before handover. */
export function releaseDeposit(leaseId: string, amount: number): Entry[] {
  return new Sheet().add(accounts.deposit(leaseId), amount).add(accounts.unapplied(leaseId), -amount).entries();
}

/** Credit went back to the customer through `source`. */
export function refund(leaseId: string, source: string, amount: number): Entry[] {
  return new Sheet().add(accounts.unapplied(leaseId), amount).add(source, -amount).entries();
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
