import { z } from 'zod';

const sum = z.object({ amount: z.number() });
const buyer = z.enum(['house', 'buyer']).default('buyer');

/**
 * Entries of the audit trail by which something is decided later, with what they have to say: the compiler asks for it
 * where one is written, and it is parsed where one is read. They are kept for ever, so a field that is added has a default.
 */
export const deciding = {
  'inbound.give_back_decided': z.object({ outcome: z.string(), reason: z.string() }),
  /** `receipt`: null where a person alone has said that it went back. */
  'inbound.returned': z.object({ receipt: z.string().nullable() }),
  'lease.costs_taken_back': z.object({ amount: sum }),
  'lease.sale_confirmed': z.object({ buyer, isCorrected: z.boolean().default(true) }),
  'lease.vehicle_sold': z.object({ buyer, saleId: z.string().default('') }),
  'payment.overdue': z.object({
    oldestUnpaidOn: z.string().nullable().default(null),
    daysPastDue: z.number().nullable().default(null),
  }),
  /** `of`: how many of each payment had been refused; before each had its own tries only their sum was noted. */
  'payment.refunds_asked': z.object({ of: z.record(z.string(), z.number()).nullable().default(null) }),
  'telematics.risk.detected': z.object({ type: z.string(), occurredAt: z.string() }),
} as const;

type Deciding = typeof deciding;
type Detail = Readonly<Record<string, unknown>>;

/** What an entry of a type says: no personal data but ids, amounts and reasons. */
export type EntryDetail<Type extends string> = Type extends keyof Deciding
  ? { readonly detail: z.output<Deciding[Type]> & Detail }
  : { readonly detail?: Detail };
