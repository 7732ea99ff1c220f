import { z } from '@hono/zod-openapi';
import { splitComponents } from '#domain/leases/statement';
import { currencies } from '#domain/money';
import { balance, instant, localDay } from '../schemas.ts';

const totals = z.object({ paid: balance, outstanding: balance, overdue: balance, feesDue: balance, credit: balance });

export const statement = z
  .object({
    reference: z.string(),
    currency: z.enum(currencies),
    asOf: localDay.openapi({ description: "Local date on the lease's own clock" }),
    ownedPercent: z.int(),
    totals,
    entries: z.array(
      z.object({
        at: instant,
        on: localDay.openapi({ description: 'When it was posted' }),
        valueOn: localDay.openapi({ description: 'When it was paid: earlier, where that became known later' }),
        kind: z.string(),
        description: z.string(),
        debit: balance.openapi({ description: 'Charged' }),
        credit: balance.openapi({ description: 'Paid or forgiven' }),
        balance: balance.openapi({ description: 'Owed after it, fees included, less the deposit held and credit' }),
        split: z
          .array(z.object({ component: z.enum(splitComponents), amount: balance }))
          .openapi({ description: 'What it was for; it sums to the credit where there is one, else to the debit' }),
      }),
    ),
  })
  .openapi('Statement');

export const issuedStatement = z
  .object({
    code: z.string(),
    reference: z.string(),
    format: z.enum(['csv', 'pdf']),
    issuedAt: z.iso.datetime(),
    asOf: localDay,
    totals,
    sha256: z.string().openapi({ description: 'Of the file, hexadecimal' }),
    signature: z
      .string()
      .openapi({ description: 'Compact JWS (ES256) over these facts, by a key of /.well-known/jwks.json' }),
    kid: z.string(),
  })
  .openapi('IssuedStatement');
