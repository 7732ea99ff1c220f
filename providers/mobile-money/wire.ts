import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { toE164 } from '#domain/phone';
import { storable } from '#domain/text';
import { marketRules, type Market } from '#domain/markets';

/**
 * What a provider wrote into a field, or null where it says nothing: absent, null, empty, blank or the word
 * "null". A number becomes its digits; one that JSON could not carry exactly says nothing, since another
 * number than the provider's is worse than none. What no database or screen takes is replaced.
 */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return isExact(value) ? String(value) : null;
  if (typeof value !== 'string') return null;
  const written = storable(value)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
  return written === '' || written.toLowerCase() === 'null' ? null : written;
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value));
}

/** A field that must say something. */
export const text = z.unknown().transform((value, context) => {
  const written = textOf(value);
  if (written !== null) return written;
  context.addIssue({ code: 'invalid_type', expected: 'string', input: value });
  return z.NEVER;
});

/** A field that may say nothing: null then. */
export const optionalText = orNull(text);

/** `schema`, or null where the field says nothing or something of another shape. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().catch(null);
}

/** A payer as we write phones; a number that cannot exist stays as the provider says it. */
export const payerPhone = (said: string): string => toE164(said) ?? said;

/** An object of a provider's, whatever the case that its keys are written in; other keys are left out. */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  return z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value);
    const renamed = entries.map(([key, field]): [string, unknown] => [names.get(key.toLowerCase()) ?? key, field]);
    // The spelling that is documented goes before any other.
    return {
      ...Object.fromEntries(renamed),
      ...Object.fromEntries(entries.filter(([key]) => Object.hasOwn(shape, key))),
    };
  }, z.object(shape));
}

/**
 * An instant of a provider's: ISO 8601, or the `yyyyMMddHHmmss` of M-Pesa. One without a zone is on the wall of
 * the market. Null where it is neither.
 */
export function instantIn(market: Market, written: string): Date | null {
  const iso = written.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6');
  try {
    const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(iso);
    const { epochMilliseconds } = hasZone
      ? Temporal.Instant.from(iso)
      : Temporal.PlainDateTime.from(iso, { overflow: 'reject' }).toZonedDateTime(marketRules(market).timeZone);
    return new Date(epochMilliseconds);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
