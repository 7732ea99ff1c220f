import { hash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import type { LeaseRow } from '#db/queries/leases';
import { vehicles } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import {
  groupsOf,
  type AgreementFacts,
  type AgreementLanguage,
  type AgreementTerms,
} from '#domain/leases/agreement/facts';
import { currentTemplate } from '#domain/leases/agreement/templates';
import { termsOf as writtenTerms, type Terms } from '#domain/leases/agreement/terms';
import { keyFactsNow, keyFactsOf } from '#domain/leases/key-facts';
import type { ScheduleLine } from '#domain/leases/position';
import { spoken } from '#domain/phrase';
import { clearOf, type Encryption } from '#platform/encryption';
import { readPerson } from '../../hold-person.ts';
import { house } from '../../paper.ts';
import { legalTerms } from '../../immobilisation/legal-terms.ts';
import { scheduleOn } from '../terms.ts';
import { renderAgreementHtml } from './render-html.ts';

export interface Reading {
  readonly db: Queryable;
  readonly encryption: Encryption;
}

/** What of a lease an agreement tells, whether it is there yet or begins with an exchange. */
type Leased = Pick<
  LeaseRow,
  'customerId' | 'vehicleId' | 'market' | 'currency' | 'plan' | 'price' | 'deposit' | 'instalment' | 'totalPrice'
>;

/** What is agreed on, as if the vehicle were handed over on a day. What of it can change until it is signed is read as it is now. */
export async function factsOfLease(
  reading: Reading,
  leased: Leased,
  draftedOn: LocalDate,
  rest: Pick<AgreementTerms, 'kind' | 'reference' | 'exchange'>,
): Promise<AgreementTerms> {
  const lines = scheduleOn(leased, draftedOn);
  const terms = await termsOfPlan(reading, leased, { handedOverOn: draftedOn, lines });
  return { ...rest, ...terms, draftedOn, lines: groupsOf(lines) };
}

/**
 * What whoever has a lease signs of it, by its plan and the law.
 *
 * @param begun from when its days count, and its lines as they are before anything is paid
 * @param now of one that runs, its lines as they are
 */
export async function termsOfPlan(
  { db, encryption }: Reading,
  { customerId, vehicleId, market, plan, price, deposit }: Leased,
  begun: { readonly handedOverOn: LocalDate; readonly lines: readonly ScheduleLine[] },
  now?: { readonly today: LocalDate; readonly lines: readonly ScheduleLine[] },
) {
  const [customer, vehicle, { stop, repossession, source }] = await Promise.all([
    readPerson(db, customerId),
    vehicleNamed(db, vehicleId),
    legalTerms(db, plan),
  ]);
  const agreed = { market, plan, price, deposit, stop, repossession, ...begun };
  return {
    market,
    customer: { name: customer.name, phone: clearOf(encryption, customer.phoneEncrypted) ?? '' },
    vehicle,
    plan: plan.name,
    keyFacts: now === undefined ? keyFactsOf(agreed) : keyFactsNow(agreed, now),
    stopSource: source,
  };
}

export async function vehicleNamed(db: Queryable, vehicleId: string): Promise<AgreementTerms['vehicle']> {
  const [vehicle] = await db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
  if (vehicle === undefined) throw new Error(`there is no vehicle ${vehicleId}`);
  const { make, model, year, registration, vin } = vehicle;
  return { make, model, year, registration, vin };
}

/** The terms by the template that is signed now, as they are read: their hash is what is signed. */
export function read(facts: AgreementFacts, language: AgreementLanguage) {
  const template = currentTemplate(facts.market);
  const terms: Terms = writtenTerms(facts, { template, language, house });
  const html = renderAgreementHtml(terms);
  return { terms, html, template: template.version, sha256: sha256Of(html) };
}

export const sha256Of = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** A customer's language, where agreements are written in it. */
export const languageOf = (language: string): AgreementLanguage => spoken.find((one) => one === language) ?? 'en';
