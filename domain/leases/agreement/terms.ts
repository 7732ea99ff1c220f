import { marketRules } from '../../markets.ts';
import { formatMoney, money } from '../../money.ts';
import { inLanguage, type Values } from '../../phrase.ts';
import { keyFactsTexts } from '../key-facts-texts.ts';
import {
  sumsOf,
  type AgreementFacts,
  type AgreementLanguage,
  type GuaranteeTerms,
  type AgreementTerms,
  type SignatureProof,
  type TakeoverTerms,
} from './facts.ts';
import { phrases } from './phrases.ts';
import type { AgreementTemplate } from './templates.ts';

type Named = readonly [name: string, value: string];

/** A part of a document, however it is drawn. */
export interface AgreementPart {
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
  readonly parts: readonly AgreementPart[];
}

interface Written {
  readonly template: AgreementTemplate;
  readonly language: AgreementLanguage;
  /** Whose paper it is. */
  readonly house: string;
}

/** The terms of a document by a template, in a language. */
export function termsOf(facts: AgreementFacts, { template, language, house }: Written): Terms {
  const say: Say = (name, values = {}) => inLanguage(phrases[name], language, values);
  return {
    language,
    title: say(facts.kind),
    subtitle: `${say('template')} ${facts.market} ${language} ${template.version}`,
    parts: [
      partiesPart(facts, house, say),
      ...(facts.kind === 'guarantee' ? guaranteeParts(facts, say) : leaseParts(facts, language, say)),
      lawPart(facts, template, say),
    ],
  };
}

type Say = (name: keyof typeof phrases, values?: Values) => string;

const signers = {
  agreement: 'customer',
  amendment: 'customer',
  takeover: 'successor',
  guarantee: 'guarantor',
} as const satisfies Readonly<Record<AgreementFacts['kind'], keyof typeof phrases>>;

function partiesPart({ kind, customer, reference, draftedOn }: AgreementFacts, house: string, say: Say): AgreementPart {
  return {
    heading: say('parties'),
    facts: [
      [say('house'), house],
      [say(signers[kind]), customer.name],
      [say('phone'), customer.phone],
      ...(reference === null ? [] : [[say('lease'), reference] as const]),
      [say('draftedOn'), draftedOn],
    ],
  };
}

/** What a lease is, whether it begins or is taken over. */
function leaseParts(facts: AgreementTerms | TakeoverTerms, language: AgreementLanguage, say: Say): AgreementPart[] {
  const { vehicle } = facts;
  const { [language]: texts } = keyFactsTexts(facts.keyFacts);
  return [
    {
      heading: say('vehicle'),
      facts: [
        [say('vehicle'), nameOf(vehicle)],
        [say('registration'), vehicle.registration],
        [say('vin'), vehicle.vin],
      ],
    },
    ...(facts.kind === 'takeover'
      ? [takeoverPart(facts, say)]
      : [
          ...exchangePart(facts, say),
          pricePart(facts, say, [texts.cost, say('begins', { on: facts.draftedOn }), say('noRise')]),
          { heading: say('rates'), texts: [texts.rate] },
        ]),
    { heading: say('late'), texts: [texts.late] },
    { heading: say('twoThirds'), texts: [texts.twoThirds] },
    { heading: say('leaving'), texts: [texts.leaving] },
    { heading: say('owning'), texts: [say('owner'), texts.settling] },
  ];
}

const nameOf = ({ make, model, year }: AgreementTerms['vehicle']) => `${make} ${model} ${year}`;
const sumOf = ({ market }: Pick<AgreementFacts, 'market'>, amount: number) =>
  formatMoney(money(amount, marketRules(market).currency));

function pricePart(
  facts: AgreementTerms | TakeoverTerms,
  say: Say,
  texts: readonly string[],
  sums: readonly Named[] = [],
): AgreementPart {
  const { lines, plan } = facts;
  const { deposit, total } = sumsOf(facts);
  return {
    heading: say('price'),
    facts: [[say('plan'), plan], [say('deposit'), sumOf(facts, deposit)], [say('total'), sumOf(facts, total)], ...sums],
    table: {
      head: [say('instalments'), say('each'), say('first'), say('last')],
      rows: lines.map(({ from, to, amount, firstOn, lastOn }) => [
        from === to ? String(from) : `${from}–${to}`,
        sumOf(facts, amount),
        firstOn,
        lastOn,
      ]),
    },
    texts,
  };
}

/** What is left of a lease, and from when it is whose. */
function takeoverPart(facts: TakeoverTerms, say: Say): AgreementPart {
  const { reference, isEstate } = facts;
  const [paid, outstanding] = [sumOf(facts, facts.paid), sumOf(facts, facts.outstanding)];
  const texts = [say('takesOver', { reference, outstanding }), say('takenAsItIs'), say('noRise')];
  return pricePart(facts, say, isEstate ? [...texts, say('estate')] : texts, [
    [say('paid'), paid],
    [say('outstanding'), outstanding],
  ]);
}

function guaranteeParts(facts: GuaranteeTerms, say: Say): AgreementPart[] {
  const { of, reference, calledAfterDays: after, calledEveryDays: every, mostCalls: calls } = facts;
  const cap = sumOf(facts, facts.cap);
  return [
    {
      heading: say('answers'),
      facts: [
        [say('forWhom'), of],
        [say('total'), sumOf(facts, facts.total)],
        [say('cap'), cap],
      ],
      texts: [say('answersFor', { of, reference, cap }), say('called', { after, every, calls }), say('released')],
    },
  ];
}

function exchangePart(facts: AgreementTerms, say: Say): AgreementPart[] {
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

function lawPart(facts: AgreementFacts, { laws }: AgreementTemplate, say: Say): AgreementPart {
  const stopSource = facts.kind === 'guarantee' ? null : facts.stopSource;
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
export function signaturePart(language: AgreementLanguage, signature: Signature): AgreementPart {
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
