import { exact, money, type Currency, type Money } from '../money.ts';
import { basisPoints, riskDays, type LateFrom } from './late.ts';

export const portfolioGroups = ['market', 'product', 'vintage'] as const;
export type PortfolioGroup = (typeof portfolioGroups)[number];

/**
 * The leases of one market, plan, month of handover and lateness, summed: the smallest part of a portfolio that any
 * report needs, of now or as it was kept of a day. Sums are minor units. What was given up is beside what runs.
 */
export interface PortfolioPart {
  readonly market: string;
  readonly planId: string;
  readonly planName: string;
  /** Local month of the handover, `2026-03`. */
  readonly vintage: string;
  readonly currency: Currency;
  /** Of those that run: the last of `riskDays` that their days past due have reached, or 0. */
  readonly lateFrom: LateFrom;
  readonly leases: number;
  readonly outstanding: number;
  readonly restructuredLeases: number;
  readonly restructured: number;
  readonly writtenOffLeases: number;
  readonly writtenOff: number;
  readonly recovered: number;
}

/** What a group is known by. */
const keys: Readonly<Record<PortfolioGroup, (part: PortfolioPart) => { readonly key: string; readonly name: string }>> =
  {
    market: ({ market }) => ({ key: market, name: market }),
    product: ({ planId, planName }) => ({ key: planId, name: planName }),
    vintage: ({ vintage }) => ({ key: vintage, name: vintage }),
  };

/**
 * Portfolio at risk: of the leases that run, the outstanding of those at least so many days past due, over the
 * outstanding of all; by currency and group, and a total for each currency.
 */
export function atRisk(parts: readonly PortfolioPart[], by: PortfolioGroup) {
  const groups = new Map<
    string,
    { readonly group: { readonly key: string; readonly name: string }; readonly of: PortfolioPart[] }
  >();
  const totals = new Map<Currency, PortfolioPart[]>();
  for (const part of parts) {
    const group = keys[by](part);
    const id = `${part.currency} ${group.key}`;
    const known = groups.get(id);
    if (known === undefined) groups.set(id, { group, of: [part] });
    else known.of.push(part);
    totals.set(part.currency, [...(totals.get(part.currency) ?? []), part]);
  }
  return {
    groups: [...groups.entries()]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([, { group, of }]) => ({ group, ...figuresOf(of) })),
    totals: [...totals.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, of]) => figuresOf(of)),
  };
}

type Sums = { [K in keyof PortfolioPart as PortfolioPart[K] extends number ? K : never]: number };

function figuresOf(parts: readonly PortfolioPart[]) {
  const currency = parts[0]?.currency ?? 'UGX';
  const sumOf = (key: Exclude<keyof Sums, 'lateFrom'>, of = parts) =>
    of.reduce((sum, part) => exact(sum + part[key]), 0);
  const amount = (key: Exclude<keyof Sums, 'lateFrom'>, of = parts): Money => money(sumOf(key, of), currency);
  const outstanding = amount('outstanding');
  const restructured = amount('restructured');
  return {
    currency,
    leases: sumOf('leases'),
    outstanding,
    atRisk: riskDays.map((days) => {
      const late = parts.filter((part) => part.lateFrom >= days);
      const sum = amount('outstanding', late);
      return {
        days,
        leases: sumOf('leases', late),
        amount: sum,
        basisPoints: basisPoints(sum.amount, outstanding.amount),
      };
    }),
    restructured: {
      leases: sumOf('restructuredLeases'),
      amount: restructured,
      basisPoints: basisPoints(restructured.amount, outstanding.amount),
    },
    writtenOff: { leases: sumOf('writtenOffLeases'), amount: amount('writtenOff'), recovered: amount('recovered') },
  };
}
