import { marketRules } from '../../markets.ts';
import { formatMoney, money } from '../../money.ts';
import { inLanguage, type Values } from '../../phrase.ts';
import { keyFactsTexts } from '../key-facts-texts.ts';
import type { AgreementFacts, AgreementLanguage, SignatureProof } from './facts.ts';
import { phrases } from './phrases.ts';
import type { AgreementTemplate } from './templates.ts';

type Named = readonly [name: string, value: string];

/** A part of a document, however it is drawn. */
export interface Part {
  readonly heading: string;
  readonly facts?: readonly Named[];
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly texts?: readonly string[];
}

/** What is signed, however it is drawn. */
export interface Terms {
  readonly language: AgreementLanguage;
  readonly title: string;
  readonly subtitle: string;
  readonly parts: readonly Part[];
}

interface Written {
  readonly template: AgreementTemplate;
  readonly language: AgreementLanguage;
  /** Whose paper it is. */
  readonly house: string;
}

/** The terms of an agreement by a template, in a language. */
export function termsOf(facts: AgreementFacts, { template, language, house }: Written): Terms {
  const say = (name: keyof typeof phrases, values: Values = {}) => inLanguage(phrases[name], language, values);
  const { keyFacts, customer, vehicle } = facts;
  const { [language]: texts } = keyFactsTexts(keyFacts);
  const reference: Named[] = facts.reference === null ? [] : [[say('lease'), facts.reference]];
  return {
    language,
    title: say(facts.kind),
    subtitle: `${say('template')} ${facts.market} ${language} ${template.version}`,
    parts: [
      {
        heading: say('parties'),
        facts: [
          [say('house'), house],
          [say('customer'), customer.name],
          [say('phone'), customer.phone],
          ...reference,
          [say('draftedOn'), facts.draftedOn],
        ],
      },
      {
        heading: say('vehicle'),
        facts: [
          [say('vehicle'), nameOf(vehicle)],
          [say('registration'), vehicle.registration],
          [say('vin'), vehicle.vin],
        ],
      },
      ...exchangePart(facts, say),
      pricePart(facts, say, texts.cost),
      { heading: say('rates'), texts: [texts.rate] },
      { heading: say('late'), texts: [texts.late] },
      { heading: say('twoThirds'), texts: [texts.twoThirds] },
      { heading: say('leaving'), texts: [texts.leaving] },
      { heading: say('owning'), texts: [say('owner'), texts.settling] },
      lawPart(facts, template, say),
    ],
  };
}

type Say = (name: keyof typeof phrases, values?: Values) => string;

const nameOf = ({ make, model, year }: AgreementFacts['vehicle']) => `${make} ${model} ${year}`;
const sumOf = ({ market }: AgreementFacts, amount: number) => formatMoney(money(amount, marketRules(market).currency));

function pricePart(facts: AgreementFacts, say: Say, cost: string): Part {
  const { keyFacts, lines, plan } = facts;
  return {
    heading: say('price'),
    facts: [
      [say('plan'), plan],
      [say('deposit'), sumOf(facts, keyFacts.deposit)],
      [say('total'), sumOf(facts, keyFacts.total)],
    ],
    table: {
      head: [say('instalments'), say('each'), say('first'), say('last')],
      rows: lines.map(({ from, to, amount, firstOn, lastOn }) => [
        from === to ? String(from) : `${from}–${to}`,
        sumOf(facts, amount),
        firstOn,
        lastOn,
      ]),
    },
    texts: [cost, say('begins', { on: facts.draftedOn }), say('noRise')],
  };
}

function exchangePart(facts: AgreementFacts, say: Say): Part[] {
  const { exchange, keyFacts } = facts;
  if (exchange === null) return [];
  const { vehicle, reference, tradeIn, settlement, subsidy, ahead, payout } = exchange;
  const values = {
    vehicle: `${nameOf(vehicle)}, ${vehicle.registration}`,
    reference,
    tradeIn: sumOf(facts, tradeIn),
    settlement: sumOf(facts, settlement),
    deposit: sumOf(facts, keyFacts.deposit),
  };
  const texts = [
    say('givenBack', values),
    ...(subsidy > 0 ? [say('subsidy', { amount: sumOf(facts, subsidy) })] : []),
    ...(ahead > 0 ? [say('ahead', { amount: sumOf(facts, ahead) })] : []),
    ...(payout > 0 ? [say('payout', { amount: sumOf(facts, payout) })] : []),
  ];
  return [{ heading: say('exchange'), texts }];
}

function lawPart({ stopSource }: AgreementFacts, { laws }: AgreementTemplate, say: Say): Part {
  return {
    heading: say('law'),
    facts: [
      [say('contract'), laws.contract],
      [say('signing'), laws.signature],
      [say('data'), laws.data],
      ...(stopSource === null ? [] : [[say('stopping'), stopSource] as const]),
    ],
  };
}

/** A signature, as it stands beneath the terms. */
export interface Signature {
  readonly name: string;
  readonly signedAt: Date;
  readonly proof: SignatureProof;
  /** Of the terms as they were read. */
  readonly sha256: string;
  readonly verifyUrl: string;
}

const proofs = { code: 'byCode', login: 'byLogin', pin: 'byPin' } as const;

/** What is put beneath the terms when they are signed. */
export function signaturePart(language: AgreementLanguage, signature: Signature): Part {
  const say: Say = (name, values = {}) => inLanguage(phrases[name], language, values);
  const { name, signedAt, proof, sha256, verifyUrl } = signature;
  return {
    heading: say('signature'),
    facts: [
      [say('signedBy'), name],
      [say('signedAt'), signedAt.toISOString().slice(0, 19).replace('T', ' ')],
      [say('proof'), say(proofs[proof.by], { channel: proof.channel.toUpperCase() })],
      [say('sha256'), sha256],
      [say('verify'), verifyUrl],
    ],
  };
}
