import { z } from '@hono/zod-openapi';
import type { Queryable } from '#db/client';
import { findUser } from '#db/queries/identity';
import { leaseStands, type LeaseStand } from '#db/queries/leases';
import { leasesOf, listLeaseTransfers, type TransferRow } from '#db/queries/parties';
import { creditStatuses } from '#domain/credit/assessment';
import { isStaff } from '#domain/identity/roles';
import { money as sumOf } from '#domain/money';
import { transferStatuses } from '#domain/parties/transfer';
import { frequencies } from '#domain/vehicles/plan';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { balance, instant, instantOrNull, uuid } from '../schemas.ts';

const parts = ['from', 'to', 'staff'] as const;
type Part = (typeof parts)[number];

/** Proves that whoever asks has his phone in hand. */
export const code = z
  .string()
  .regex(/^\d{6}$/, 'must be six digits')
  .optional()
  .openapi({ description: 'Of `POST /v1/auth/otp`: for a customer whose login is older than a quarter of an hour' });

/** What docs/openapi.json calls a transfer. */
export const transfer = z
  .object({
    id: uuid,
    leaseId: uuid,
    vehicleId: uuid,
    status: z.enum(transferStatuses),
    part: z.enum(parts).openapi({
      description: 'What whoever asks has to do with it: the lease is, or was, his, or it is offered to him',
    }),
    isEstate: z.boolean().openapi({ description: 'Its customer has died: nobody but an admin agrees to it' }),
    isAgreed: z.boolean().openapi({ description: 'False while its customer has not agreed to what an agent proposed' }),
    fromCustomerId: uuid.nullable().openapi({ description: 'Null for whoever takes it over' }),
    toCustomerId: uuid.nullable().openapi({ description: 'Null for whoever had it, and until it is accepted' }),
    paid: balance.nullable().openapi({
      description:
        'What is paid of the vehicle, and goes with the lease: by now, or when it was made over; null where nothing came of it',
    }),
    outstanding: balance.nullable().openapi({ description: 'What is owed of it then' }),
    instalment: balance.nullable().openapi({ description: 'Null once it is over' }),
    frequency: z.enum(frequencies),
    credit: z
      .enum(creditStatuses)
      .nullable()
      .openapi({ description: 'Of whoever takes it over; null for whoever had it' }),
    creditReasons: z.array(z.string()),
    reason: z.string().nullable(),
    expiresAt: instant.openapi({ description: 'It lapses then, on the clock of the lease' }),
    acceptedAt: instantOrNull,
    endedAt: instantOrNull,
    createdAt: instant,
  })
  .openapi('LeaseTransfer');

/** Transfers as docs/openapi.json has them, in their order: the two persons learn no more of each other than the lease says. */
export async function viewTransfers(db: Queryable, caller: Caller, rows: readonly TransferRow[]) {
  const stands = await leaseStands(db, await leasesOf(db, rows));
  const of = new Map(stands.map((stand) => [stand.row.id, stand]));
  return rows.flatMap((row) => {
    const stand = of.get(row.leaseId);
    return stand === undefined ? [] : [presentTransfer(row, stand, partOf(row, caller))];
  });
}

/** One of them. 404 where there is none. */
export async function viewTransfer({ db }: ApiDependencies, caller: Caller, row: TransferRow | undefined) {
  return found((await viewTransfers(db, caller, [found(row)]))[0]);
}

function partOf({ fromCustomerId }: TransferRow, { id, role }: Caller): Part {
  if (isStaff(role)) return 'staff';
  return fromCustomerId === id ? 'from' : 'to';
}

function presentTransfer(row: TransferRow, { row: lease, position }: LeaseStand, part: Part): z.infer<typeof transfer> {
  const sum = (amount: number) => sumOf(amount, lease.currency);
  const known = row.endedAt === null ? position : { paid: row.paid, outstanding: row.outstanding };
  const orNull = (amount: number | null) => (amount === null ? null : sum(amount));
  const { id, leaseId, status, isEstate, agreedAt, credit, reason, expiresAt, acceptedAt, endedAt, createdAt } = row;
  return {
    id,
    leaseId,
    vehicleId: lease.vehicleId,
    status,
    part,
    isEstate,
    isAgreed: isEstate || agreedAt !== null,
    fromCustomerId: part === 'to' ? null : row.fromCustomerId,
    toCustomerId: part === 'from' ? null : row.toCustomerId,
    paid: orNull(known.paid),
    outstanding: orNull(known.outstanding),
    instalment: endedAt === null ? sum(lease.instalment) : null,
    frequency: lease.frequency,
    credit: part === 'from' ? null : (credit?.status ?? null),
    creditReasons: part === 'from' ? [] : (credit?.reasons.map(({ text }) => text) ?? []),
    reason,
    expiresAt,
    acceptedAt,
    endedAt,
    createdAt,
  };
}

/** Whose transfers somebody may see: his own, by his phone those that are offered to him; of staff all. */
export async function ownPart(db: Queryable, { id: userId, role }: Pick<Caller, 'id' | 'role'>) {
  if (isStaff(role)) return undefined;
  return { userId, phoneHash: (await findUser(db, userId))?.phoneHash ?? null };
}

/** 404 for a transfer that whoever asks has no part in. */
export const partIn = ({ db }: ApiDependencies) =>
  existing(async (id, c) => {
    const [row] = await listLeaseTransfers(db, { id, of: await ownPart(db, callerOf(c)) }, { limit: 1 });
    return row;
  });
