import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { localDate } from '../../calendar.ts';
import { markets, marketRules, type Market } from '../../markets.ts';
import { money } from '../../money.ts';
import { spoken } from '../../phrase.ts';
import { priceOnPlan } from '../../vehicles/price-on-plan.ts';
import { keyFactsOf } from '../key-facts.ts';
import { schedule } from '../position.ts';
import {
  groupsOf,
  type AgreementLanguage,
  type GuaranteeTerms,
  type AgreementTerms,
  type TakeoverTerms,
} from './facts.ts';
import { agreementTemplates, currentTemplate } from './templates.ts';
import { signaturePart, termsOf } from './terms.ts';

const vehicle = { make: 'Bajaj', model: 'Boxer', year: 2025, registration: 'UFA 123B', vin: 'MD2A18AZ9PWA12345' };
const draftedOn = localDate('2026-01-31');

/** An amendment, since it says all that an agreement says and more. */
function sample(market: Market): AgreementTerms {
  const plan = {
    frequency: 'weekly',
    instalments: 50,
    depositPercent: 20,
    markupPercent: 30,
    graceDays: 2,
    lateFee: { amount: 500, cap: 5_000 },
    immobiliseAfterDaysPastDue: 7,
    components: { vehicle: 100 },
  } as const;
  const price = 5_000_000;
  const { deposit, instalment, total } = priceOnPlan(plan, market, money(price, marketRules(market).currency));
  const sums = { total: total.amount - deposit.amount, financed: price - deposit.amount };
  const lines = schedule(plan, market, draftedOn, instalment.amount, sums);
  const stop = { afterDaysPastDue: 7, noticeHours: 24, afterTwoThirds: false };
  const repossession = { repossessionNoticeDays: 14, courtAfterTwoThirds: true };
  const agreed = { market, plan, price, deposit: deposit.amount, handedOverOn: draftedOn, lines, stop, repossession };
  return {
    kind: 'amendment',
    market,
    reference: 'ABCD2345',
    customer: { name: 'Grace Nakato', phone: '+256772123456' },
    vehicle,
    plan: 'Weekly',
    draftedOn,
    keyFacts: keyFactsOf(agreed),
    lines: groupsOf(lines),
    stopSource: 'an act',
    exchange: { reference: 'OLD', vehicle, tradeIn: 4, settlement: 3, subsidy: 5, ahead: 2, payout: 1 },
  };
}

/** What others sign of a lease that runs; an estate, since it says more. */
function ofOthers(market: Market): (TakeoverTerms | GuaranteeTerms)[] {
  const { exchange: _, reference: __, keyFacts, ...leased } = sample(market);
  const { customer } = leased;
  const { deposit, total } = keyFacts;
  const reference = 'ABCD2345';
  const sums = { reference, deposit, total };
  const left = { paid: total - 500, outstanding: 500, isEstate: true };
  const called = { cap: 700, calledAfterDays: 14, calledEveryDays: 7, mostCalls: 3 };
  return [
    { ...leased, ...sums, ...left, kind: 'takeover', keyFacts },
    { ...sums, ...called, kind: 'guarantee', market, customer, draftedOn, of: 'John Okello' },
  ];
}

const written = (market: Market, language: AgreementLanguage) => {
  const template = currentTemplate(market);
  const terms = termsOf(sample(market), { template, language, house: 'The house' });
  const signature = { name: 'G', signedAt: new Date(0), sha256: 'a', verifyUrl: 'https://example.com' } as const;
  const proofs = (['code', 'login', 'pin'] as const).map((by) => ({ by, channel: 'sms' }) as const);
  return [terms, ...proofs.map((proof) => signaturePart(language, { ...signature, proof }))];
};

describe('the words of an agreement', () => {
  it('are those of a version: whoever changes them adds one', () => {
    const hashes = markets.flatMap((market) =>
      spoken.map((language) => {
        const { version } = currentTemplate(market);
        return `${market}-${language}-${version} ${hash('sha256', JSON.stringify(written(market, language)), 'hex')}`;
      }),
    );
    expect(hashes).toMatchSnapshot();
  });

  it('are so for whoever takes a lease over or answers for one, in each language', () => {
    const hashes = markets.flatMap((market) => {
      const template = currentTemplate(market);
      const texts = spoken.map((language) =>
        JSON.stringify(ofOthers(market).map((facts) => termsOf(facts, { template, language, house: 'The house' }))),
      );
      expect(new Set(texts).size).toBe(spoken.length);
      return texts.map((text, i) => `${market}-${spoken[i]}-${template.version} ${hash('sha256', text, 'hex')}`);
    });
    expect(hashes).toMatchSnapshot();
  });

  it('are in each language, and the versions of a market follow one another', () => {
    for (const market of markets) {
      const texts = spoken.map((language) => JSON.stringify(written(market, language)));
      expect(new Set(texts).size).toBe(spoken.length);
      expect(agreementTemplates[market].map(({ version }) => version)).toEqual(
        agreementTemplates[market].map((_, i) => i + 1),
      );
    }
  });

  it('tell a schedule to the unit in rows of one amount', () => {
    const { lines, keyFacts } = sample('UG');
    expect(lines).toEqual([{ from: 1, to: 50, amount: 104_000, firstOn: '2026-02-07', lastOn: '2027-01-16' }]);
    const sum = lines.reduce((all, { from, to, amount }) => all + (to - from + 1) * amount, 0);
    expect(sum + keyFacts.deposit).toBe(keyFacts.total);
  });
});
