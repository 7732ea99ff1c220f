import { z } from '@hono/zod-openapi';
import { isKnownInstant } from '#domain/calendar';
import { markets } from '#domain/markets';
import { currencies, MOST_MONEY } from '#domain/money';
import { normalReceiptNumber } from '#domain/payments/receipt';
import { isMobile, toE164 } from '#domain/phone';

/** Pieces that several routes' schemas are made of. Requests are strict: an unknown field is refused. */

export const printable = new RegExp(String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`);

/** A character that somebody sees: no blank, mark or format alone, and none of the letters that are drawn as nothing. */
const visible = /[^\p{C}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;

/** Text for people: something that can be seen, trimmed, no control characters, at most 200 unless it says otherwise. */
export const text = (maximum = 200) =>
  z
    .string()
    .regex(printable, 'must have no control characters')
    .trim()
    .min(1, { error: 'must not be empty', abort: true })
    .max(maximum)
    .refine((said) => visible.test(said), 'must have something that can be seen');

/** A password or a token: taken as it is, and without control characters too. */
export const secretText = (minimum = 1) =>
  z
    .string()
    .regex(printable, 'must have no control characters')
    .min(minimum, `must have at least ${minimum} characters`)
    .max(200);

/** An id in its one form: code compares ids as text, and Postgres does not. */
export const uuid = z.uuid().toLowerCase().openapi({ format: 'uuid' });
const isKnown = (time: string) => isKnownInstant(Date.parse(time));
const knownYears = { error: 'must be a time of the years 1900 to 9999', abort: true };
const time = z.union([z.iso.datetime({ abort: true }).refine(isKnown, knownYears), z.date()]);
export const instant = time.openapi({ type: 'string', format: 'date-time' });
/** In its own words, because the type that `instant` tells the document stays without the null. */
export const instantOrNull = time.nullable().openapi({ type: ['string', 'null'], format: 'date-time' });
/**
 * A day of the calendar in the years that people and Postgres know. What is none is not looked at any further: an object that
 * compares its days is asked about days only.
 */
export const localDay = z.iso
  .date({ abort: true })
  .refine((day) => day >= '1900-01-01', { error: 'must be a day after 1900', abort: true });
/** A time that is asked for: ISO 8601 with an offset, in the years that a day may be of. */
export const askedInstant = z.iso.datetime({ offset: true, abort: true }).refine(isKnown, knownYears);
export const market = z.enum(markets);

const sum = z.strictObject({
  amount: z.int().positive('must be a positive whole number of minor units').max(MOST_MONEY),
  currency: z.enum(currencies),
});

/** A positive amount of minor units. */
export const money = sum.openapi('Money', {
  description: 'Whole minor units of ISO 4217: 1250000 UGX is 1,250,000 shillings, 125000 KES is 1,250.00',
});
/** Money that may be nothing, as what a wreck is sold for. */
export const moneyOrNothing = z.strictObject({
  amount: z.int().nonnegative('must be a whole number of minor units, or 0').max(MOST_MONEY),
  currency: z.enum(currencies),
});
/** Not by its name: a reference and null cannot be said in one. */
export const moneyOrNull = sum.nullable();

/** Money in an answer: it may be nothing. */
export const balance = z.object({ amount: z.int(), currency: z.enum(currencies) });

/** A phone, read in any form of E.164 and handed on in the one of domain/phone.ts. */
export const phone = z
  .string()
  .regex(/^\+[1-9]\d{7,14}$/, { error: 'must be E.164, such as +256772123456', abort: true })
  .refine((value) => toE164(value) !== null, { error: 'must be a number that somebody can have', abort: true })
  .overwrite((value) => toE164(value) ?? value)
  .openapi({ example: '+256772123456' });

/** A phone that somebody is to be texted or charged at from now on; by `phone` one that is kept is found. */
export const mobile = phone
  .refine((value) => isMobile(value), 'must be a mobile number: a landline gets neither texts nor prompts')
  .openapi({ example: '+256772123456' });

export const idParam = z.object({ id: uuid });

/** Of cash that is taken, and of cash that goes back: one movement has one. */
export const cashReceipt = text(64)
  .refine((number) => normalReceiptNumber(number) !== '', 'must have a letter or digit')
  .openapi({ description: '`KLA-17`, `kla 17` and `KLA17` are one receipt' });

/** A whole number in a query string: digits, and nothing that only can be taken for a number. */
export const wholeNumber = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum))
    .openapi({ type: 'integer', minimum, maximum });

const LONGEST_PAGE = 200;

/** How many a page has; the document is told the default again, for what tells it a type leaves it out. */
export const pageSize = (maximum: number, usual: number) =>
  wholeNumber(1, maximum).default(usual).openapi({ default: usual });

/** `limit` and `cursor` of every list. */
export const pageQuery = {
  limit: pageSize(LONGEST_PAGE, 20),
  cursor: z.string().max(500).optional(),
};

/** The same of a list that is short: without `limit` all of it is answered. */
export const wholeQuery = { limit: wholeNumber(1, LONGEST_PAGE).optional(), cursor: pageQuery.cursor };

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    /** Of `clock_not_advanced`: where the clock of the lease got to. */
    asOf: instant.optional(),
  })
  .openapi('Problem');
