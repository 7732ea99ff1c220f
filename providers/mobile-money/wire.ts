import { z } from 'zod';

/** A string, also where the provider writes a number. */
export const text = z.union([z.string(), z.number().transform(String)]);

/** `schema`, or null where the field is absent, null or of another shape. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().catch(null);
}
