import { z } from 'zod';
import { toE164 } from '#domain/phone';

/** A string, also where the provider writes a number. */
export const text = z.union([z.string(), z.number().transform(String)]);

/** `schema`, or null where the field is absent, null or of another shape. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().catch(null);
}

/** A payer as we write phones; a number that cannot exist stays as the provider says it. */
export const payerPhone = (said: string): string => toE164(said) ?? said;
