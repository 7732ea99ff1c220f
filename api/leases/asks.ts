import { z } from '@hono/zod-openapi';
import type { Ask, Asks } from '#domain/leases/asks';
import { commands, type AskedCommand, type Order } from '#domain/leases/commands';
import type { Currency } from '#domain/money';
import { inLeaseCurrency } from '#domain/payable';
import { localDay, money, text, uuid } from '../schemas.ts';

type Said = Readonly<Record<string, unknown>>;
type Payer = { readonly currency: Currency };
const parts = z.record(z.string(), z.unknown());

/** The body of a command that the table of commands says all of. */
export function bodyOf(asks: Asks): z.ZodType<Said> {
  return z.strictObject(Object.fromEntries(Object.entries(asks).map(([field, ask]) => [field, schemaOf(ask)])));
}

function schemaOf(ask: Ask): z.ZodType {
  const schema = valueOf(ask);
  return ask.optional === undefined && ask.otherwise === undefined ? schema : schema.optional();
}

function valueOf(ask: Ask): z.ZodType {
  switch (ask.is) {
    case 'text':
      return text(ask.most);
    case 'day':
      return localDay;
    case 'amount':
      return money;
    case 'whole':
      return z.int().min(ask.least).max(ask.most);
    case 'choice':
      return z.enum(ask.of);
    case 'ids':
      return z.array(uuid).min(1).max(ask.most);
    case 'parts':
      return ask.orNull === undefined ? bodyOf(ask.parts) : bodyOf(ask.parts).nullable();
  }
}

/**
 * What the lease is told of a body that `bodyOf` has read. The compiler cannot follow from the table to the type; both are
 * read off the same `asks`.
 *
 * @throws Problem currency_mismatch, or unprocessable for an amount that cannot be paid
 */
export function orderOf<Name extends AskedCommand>(name: Name, said: Said, lease: Payer): Order<Name> {
  const order: unknown = tell(commands[name].asks, said, { lease, path: '' });
  return order as Order<Name>;
}

/** Of whose lease it is said, and by which field of the request, dotted. */
interface Place {
  readonly lease: Payer;
  readonly path: string;
}

function tell(asks: Asks, said: Said, at: Place): Said {
  const told = Object.entries(asks).map(
    ([field, ask]) => [field, valueFrom(ask, said[field], { ...at, path: at.path + field })] as const,
  );
  return Object.fromEntries(told.filter(([, value]) => value !== undefined));
}

function valueFrom(ask: Ask, said: unknown, { lease, path }: Place): unknown {
  if (said === undefined) return ask.otherwise;
  if (ask.is === 'amount') return inLeaseCurrency(lease, money.parse(said), path);
  return ask.is === 'parts' && said !== null ? tell(ask.parts, parts.parse(said), { lease, path: `${path}.` }) : said;
}
