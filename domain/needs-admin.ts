import type { Currency } from './money.ts';

/** What an agent gives back from suspense by himself, in minor units; above it an admin does, and so wherever money goes by one person's word. */
const alone: Readonly<Record<Currency, number>> = { UGX: 500_000, KES: 2_000_000, RWF: 200_000 };

export const needsAdmin = ({ amount, currency }: { amount: number; currency: Currency }): boolean =>
  amount > alone[currency];
