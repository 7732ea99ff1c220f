import { randomBytes } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { Database, Queryable } from '#db/client';
import { findDemand, type DemandRow } from '#db/queries/demands';
import { leaseClock, leaseWithLines } from '#db/queries/leases';
import { demands } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { demandKinds, demandOf, demandTerms, type DemandFacts } from '#domain/leases/demand';
import { groupedCode, STATEMENT_CODE_LETTERS, statementCode } from '#domain/leases/statement-code';
import { money } from '#domain/money';
import type { Config } from '#platform/config';
import { clearOf, type Encryption } from '#platform/encryption';
import type { TokenIssuer } from '#platform/tokens';
import { emit, recordOnLease, transact } from '../../context.ts';
import { readPerson, requirePerson } from '../../hold-person.ts';
import { ruleAt } from '../../immobilisation/market-rule.ts';
import { house } from '../../paper.ts';
import { languageOf, sha256Of, vehicleNamed } from '../agreement/terms-of-lease.ts';
import { businessDate, lockLease, positionAt, type LeaseRecord } from '../lease-record.ts';
import { owedToRedeem } from './refuse-redeemed.ts';
import { admitStep, isVehicleKept, keepingCostsOf, runningDemand } from './repossession-record.ts';

interface DemandDependencies {
  readonly config: Pick<Config, 'PUBLIC_URL'>;
  readonly db: Database;
  readonly encryption: Encryption;
  readonly tokens: TokenIssuer;
}

/** `typ` of the seal. */
const SEAL = 'demand+jws';

/** What we vouch for of a paper: nothing personal but the lease's reference. */
const sealedDemand = z.object({
  code: z.string(),
  kind: z.enum(demandKinds),
  reference: z.string(),
  issuedAt: z.iso.datetime(),
  sha256: z.string(),
});

/**
 * Demands in writing what is overdue of a lease in arrears, or all that is owed of one whose vehicle was taken back: a paper
 * that is kept, with its days, and a legal notice to the customer. Asked for again on the same day it is the same while it stands, and later a
 * reminder with the days of the one that stands.
 *
 * @throws Problem forbidden; invalid_state where nothing is to be demanded
 */
export async function makeDemand(deps: DemandDependencies, actor: Actor, leaseId: string): Promise<DemandRow> {
  const { db } = deps;
  admitStep('demand', actor);
  const found = await leaseWithLines(db, leaseId);
  if (found === undefined) throw new Problem('not_found');
  const at = leaseClock(found.row);
  const facts = await demandNow(deps, db, found, at);
  const language = languageOf((await readPerson(db, found.row.customerId)).language);
  const code = statementCode(randomBytes(STATEMENT_CODE_LETTERS));
  const verifyUrl = new URL(`/v1/verify/${code}`, deps.config.PUBLIC_URL).href;
  const { renderAgreementPdf } = await import('../agreement/render-pdf.ts');
  const terms = demandTerms(facts, language, house);
  const pdf = await renderAgreementPdf(terms, { code: groupedCode(code), verifyUrl, issuedAt: at }, at);
  const sha256 = sha256Of(pdf);
  const { kind, reference, amount, on: demandedOn, until } = facts;
  const signature = await deps.tokens.signDocument(SEAL, { code, kind, reference, issuedAt: at.toISOString(), sha256 });
  const { sealed: pdfEncrypted, keyId } = deps.encryption.encryptBytes(pdf);
  const file = { language, code, sha256, signature, pdfEncrypted, keyId };
  const id = await transact(db, actor, at, async (context) => {
    const locked = await lockLease(context.tx, leaseId);
    const { customerId, currency } = locked.row;
    const isIts = and(eq(demands.leaseId, leaseId), eq(demands.kind, kind), isNull(demands.overaskedAt));
    const isToday = and(isIts, eq(demands.demandedOn, demandedOn));
    const [there] = await context.tx.select({ id: demands.id }).from(demands).where(isToday);
    if (there !== undefined) return there.id;
    const now = await demandNow(deps, context.tx, locked, at);
    if (JSON.stringify(now) !== JSON.stringify(facts))
      throw new Problem('conflict', 'it changed while it was written: ask again');
    await requirePerson(context.tx, customerId);
    const costs = await keepingCostsOf(context.tx, leaseId);
    const said = { leaseId, customerId, kind, currency, amount, costs, demandedOn, until };
    const demandId = uuidv7();
    await context.tx.insert(demands).values({ id: demandId, ...said, ...file, createdAt: at });
    const told = { demandId, kind, amount: money(amount, currency), until };
    await recordOnLease(context, locked.row, { type: 'lease.demanded', detail: { ...told, sha256 } });
    const data = { leaseId, customerId, ...told };
    await emit(context, { type: 'lease.demanded', subject: leaseId, leaseId, data });
    return demandId;
  });
  const row = await findDemand(db, id);
  if (row === undefined) throw new Error('the demand was not stored');
  return row;
}

/** What is demanded of a lease as it is now. @throws Problem invalid_state */
async function demandNow(
  { encryption }: Pick<DemandDependencies, 'encryption'>,
  db: Queryable,
  record: LeaseRecord,
  at: Date,
): Promise<DemandFacts> {
  const { row } = record;
  const kind = demandOf(row.status);
  const position = positionAt(record, at);
  const { overdue, feesDue, oldestUnpaidOn, twoThirdsPaid } = position;
  // What redeems it is demanded, by whatever name it is owed.
  const amount = kind === 'arrears' ? overdue + feesDue : owedToRedeem(record, at);
  const isSold = kind === 'redemption' && !(await isVehicleKept(db, row.id));
  if (kind === null || amount === 0 || isSold)
    throw new Problem('invalid_state', `nothing is to be demanded of a lease that is ${row.status}`);
  const rule = await ruleAt(db, row.market, at.getTime());
  if (rule === null) throw new Problem('invalid_state', `no law of ${row.market} is entered`);
  const [customer, vehicle] = await Promise.all([readPerson(db, row.customerId), vehicleNamed(db, row.vehicleId)]);
  const on = businessDate(row, at);
  const { make, model, registration } = vehicle;
  const days = kind === 'arrears' ? rule.repossessionNoticeDays : rule.saleDaysAfterDemand;
  // What is demanded once more is a reminder of the demand that stands.
  const { until = addDays(on, days) } = (await runningDemand(db, record, kind, at)) ?? {};
  return {
    kind,
    market: row.market,
    reference: row.reference,
    customer: { name: customer.name, phone: clearOf(encryption, customer.phoneEncrypted) ?? '' },
    vehicle: { make, model, registration },
    on,
    until: until < on ? on : until,
    since: kind === 'arrears' ? oldestUnpaidOn : null,
    amount,
    needsCourt: twoThirdsPaid && rule.courtAfterTwoThirds,
    isShortfallOwed: rule.isShortfallOwed,
    law: rule.source,
  };
}

/** What was sealed of a demand; null when no key of ours verifies it, or it is of another code or file. */
export async function openDemandSeal(tokens: TokenIssuer, { signature, code, sha256 }: DemandRow) {
  const found = await tokens.verifyDocument(SEAL, signature);
  const seal = sealedDemand.safeParse(found?.facts);
  if (found === null || !seal.success || seal.data.code !== code || seal.data.sha256 !== sha256) return null;
  return { facts: { ...seal.data, format: 'pdf' }, kid: found.kid };
}
