import { z } from '@hono/zod-openapi';
import type { AgreementRow } from '#db/queries/agreements';
import { agreementKinds, agreementOutcomes } from '#domain/leases/agreement/facts';
import { money as sumOf } from '#domain/money';
import { spoken } from '#domain/phrase';
import { balance, instant, instantOrNull, localDay, uuid } from '../schemas.ts';

/** What docs/openapi.json calls an agreement: whatever is signed of a lease. */
export const agreement = z
  .object({
    id: uuid,
    kind: z.enum(agreementKinds).openapi({
      description:
        '`amendment`: another vehicle, its price and its schedule. `takeover`: of whoever takes a lease over. `guarantee`: of whoever answers for one',
    }),
    status: z.enum(['draft', 'signed']),
    leaseId: uuid.openapi({ description: 'Whose terms these are; of an amendment the one that begins with the swap' }),
    fromLeaseId: uuid.nullable().openapi({ description: 'Of an amendment: the lease that is left' }),
    upgradeId: uuid.nullable(),
    transferId: uuid.nullable(),
    guaranteeId: uuid.nullable(),
    customerId: uuid.openapi({ description: 'Who signs it' }),
    language: z.enum(spoken),
    template: z.string().openapi({ description: 'Market, language and version of what it was written by' }),
    deposit: balance,
    totalPrice: balance,
    liability: balance.nullable().openapi({
      description:
        'The most that its signer owes by it, of a `takeover` or a `guarantee`: what is left to pay, or his cap',
    }),
    draftedOn: localDay,
    sha256: z.string().openapi({ description: 'Of the terms, as HTML before they are signed: it is what is signed' }),
    createdAt: instant,
    signedAt: instantOrNull,
    became: z.enum(agreementOutcomes).nullable().openapi({
      description:
        '`in_effect`: the vehicle was handed over by it, the lease made over, or somebody answers for a lease that runs. `void`: it never came about, or another one was signed instead. Null while that is open',
    }),
    becameAt: instantOrNull,
    signature: z
      .object({
        name: z.string().nullable().openapi({ description: 'Null once the customer was erased' }),
        by: z.enum(['code', 'login', 'pin']),
        channel: z.enum(['sms', 'ussd']),
        code: z.string().openapi({ description: 'Verifies the document at `/verify/{code}`' }),
        htmlSha256: z.string(),
        pdfSha256: z.string(),
      })
      .nullable(),
  })
  .openapi('Agreement');

export function presentAgreement(row: AgreementRow): z.infer<typeof agreement> {
  const { id, kind, leaseId, fromLeaseId, upgradeId, transferId, guaranteeId, customerId } = row;
  const { language, draftedOn, sha256 } = row;
  const { inForceAt, signedAt, signedName: name, proof, code, htmlSha256, pdfSha256, currency } = row;
  const isSigned = inForceAt !== null && proof !== null && code !== null && htmlSha256 !== null && pdfSha256 !== null;
  return {
    id,
    kind,
    status: isSigned ? 'signed' : 'draft',
    leaseId,
    fromLeaseId,
    upgradeId,
    transferId,
    guaranteeId,
    customerId,
    language,
    template: `${row.market}-${language}-${row.template}`,
    deposit: sumOf(row.deposit, currency),
    totalPrice: sumOf(row.total, currency),
    liability: row.liability === null ? null : sumOf(row.liability, currency),
    draftedOn,
    sha256,
    createdAt: row.createdAt.toISOString(),
    signedAt: isSigned ? (signedAt?.toISOString() ?? null) : null,
    became: row.became,
    becameAt: row.becameAt?.toISOString() ?? null,
    signature: isSigned ? { name, ...proof, code, htmlSha256, pdfSha256 } : null,
  };
}
