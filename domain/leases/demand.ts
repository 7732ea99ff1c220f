import type { LocalDate } from '../calendar.ts';
import { marketRules, type Market } from '../markets.ts';
import { formatMoney, money } from '../money.ts';
import { inLanguage, type Phrase, type Values } from '../phrase.ts';
import { adminOnly, staff, type Role } from '../identity/roles.ts';
import type { AgreementLanguage } from './agreement/facts.ts';
import type { Terms } from './agreement/terms.ts';
import type { LeaseStatus } from './status.ts';

/**
 * What is demanded in writing. `arrears`: what is overdue, before the vehicle may be taken back. `redemption`: all that is
 * owed of one that was taken back, before it may be sold.
 */
export const demandKinds = ['arrears', 'redemption'] as const;
export type DemandKind = (typeof demandKinds)[number];

/** Which of them is made while a lease is in a status; null for none. */
export function demandOf(status: LeaseStatus): DemandKind | null {
  if (status === 'in_arrears' || status === 'immobilised') return 'arrears';
  return status === 'repossessed' ? 'redemption' : null;
}

interface Step {
  readonly by: readonly Role[];
  readonly in: readonly LeaseStatus[];
}

/** What people do of a vehicle that is to be taken back, or was: each beside the workflow of its lease. */
export const repossessionSteps = {
  demand: { by: staff, in: ['in_arrears', 'immobilised', 'repossessed'] },
  chargeCosts: { by: staff, in: ['repossessed'] },
  takeCostsBack: { by: staff, in: ['repossessed'] },
  sellVehicle: { by: adminOnly, in: ['repossessed'] },
  confirmSale: { by: adminOnly, in: ['repossessed'] },
  redeemVehicle: { by: staff, in: ['repossessed'] },
} as const satisfies Readonly<Record<string, Step>>;

export type RepossessionStep = keyof typeof repossessionSteps;

/** Where it stands with a vehicle that was taken back: it is kept until its customer has it back, or it is sold. */
export const repossessionStatuses = ['held', 'redeemed', 'sold'] as const;
export type RepossessionStatus = (typeof repossessionStatuses)[number];

/** All that a demand says; minor units. */
export interface DemandFacts {
  readonly kind: DemandKind;
  readonly market: Market;
  readonly reference: string;
  readonly customer: { readonly name: string; readonly phone: string };
  readonly vehicle: { readonly make: string; readonly model: string; readonly registration: string };
  readonly on: LocalDate;
  /** The first local day on which the vehicle may be taken back, or sold. */
  readonly until: LocalDate;
  /** Since when the oldest of it is unpaid; null where the vehicle was taken back. */
  readonly since: LocalDate | null;
  readonly amount: number;
  /** Two thirds of the price are paid: a court has to order it. */
  readonly needsCourt: boolean;
  /** What the sale does not bring is owed still. */
  readonly isShortfallOwed: boolean;
  /** Which law gives the days. */
  readonly law: string;
}

/** A demand as a document, in a language. */
export function demandTerms(facts: DemandFacts, language: AgreementLanguage, house: string): Terms {
  const { kind, market, reference, customer, vehicle, on, until, since, needsCourt, isShortfallOwed, law } = facts;
  const say = (name: keyof typeof phrases, values: Values = {}) => inLanguage(phrases[name], language, values);
  const amount = formatMoney(money(facts.amount, marketRules(market).currency));
  const values = { amount, reference, until, since: since ?? on };
  const texts =
    kind === 'arrears'
      ? [say('owesArrears', values), say('takenBack', values), ...(needsCourt ? [say('court')] : [])]
      : [
          say('owesAll', values),
          say('redeem', values),
          say('surplus'),
          say(isShortfallOwed ? 'shortfall' : 'noShortfall'),
        ];
  return {
    language,
    title: say(kind),
    subtitle: reference,
    parts: [
      {
        heading: say('parties'),
        facts: [
          [say('house'), house],
          [say('customer'), customer.name],
          [say('phone'), customer.phone],
          [say('vehicle'), `${vehicle.make} ${vehicle.model}, ${vehicle.registration}`],
          [say('on'), on],
        ],
      },
      {
        heading: say('demanded'),
        facts: [
          [say('amount'), amount],
          [say('until'), until],
        ],
        texts,
      },
      { heading: say('law'), texts: [law] },
    ],
  };
}

const phrases = {
  arrears: {
    en: 'Written demand: what is overdue',
    lg: 'Okusaba mu buwandiike: ezisusse ekiseera',
    sw: 'Dai la maandishi: malipo yaliyochelewa',
    rw: 'Inyandiko isaba kwishyura: ibyatinze',
  },
  redemption: {
    en: 'Written demand: the vehicle that was taken back',
    lg: 'Okusaba mu buwandiike: ekidduka ekyaggyibwako',
    sw: 'Dai la maandishi: chombo kilichochukuliwa',
    rw: 'Inyandiko isaba kwishyura: ikinyabiziga cyasubijwe',
  },
  parties: { en: 'Between', lg: 'Wakati wa', sw: 'Kati ya', rw: 'Hagati ya' },
  house: { en: 'The house', lg: 'Kampuni', sw: 'Kampuni', rw: 'Ikigo' },
  customer: { en: 'The customer', lg: 'Kasitoma', sw: 'Mteja', rw: 'Umukiriya' },
  phone: { en: 'Phone', lg: 'Essimu', sw: 'Simu', rw: 'Telefoni' },
  vehicle: { en: 'The vehicle', lg: 'Ekidduka', sw: 'Chombo', rw: 'Ikinyabiziga' },
  on: { en: 'Date', lg: 'Olunaku', sw: 'Tarehe', rw: 'Itariki' },
  demanded: { en: 'What is demanded', lg: 'Ekisabibwa', sw: 'Kinachodaiwa', rw: 'Ibisabwa' },
  amount: { en: 'To be paid', lg: 'Ez’okusasula', sw: 'Ya kulipwa', rw: 'Ayishyurwa' },
  until: { en: 'Before', lg: 'Nga tennatuuka', sw: 'Kabla ya', rw: 'Mbere ya' },
  owesArrears: {
    en: '{amount} of lease {reference} are overdue, the oldest of it since {since}.',
    lg: "{amount} ez'endagaano {reference} zisusse ekiseera, ezisinga obukadde okuva nga {since}.",
    sw: '{amount} za mkataba {reference} zimechelewa, za zamani zaidi tangu {since}.',
    rw: "{amount} y'amasezerano {reference} yaratinze, aya kera kurusha guhera {since}.",
  },
  takenBack: {
    en: 'Where they are not paid before {until}, the vehicle may be taken back from that day on.',
    lg: 'Bwe zitasasulwa nga {until} tennatuuka, ekidduka kiyinza okuggyibwako okuva ku lunaku olwo.',
    sw: 'Zisipolipwa kabla ya {until}, chombo kinaweza kuchukuliwa kuanzia siku hiyo.',
    rw: 'Iyo atishyuwe mbere ya {until}, ikinyabiziga gishobora gusubizwa guhera uwo munsi.',
  },
  court: {
    en: 'You have paid two thirds: only a court can order it.',
    lg: "Omaze okusasula ebitundu bibiri ku bisatu: kkooti yokka y'ekiragira.",
    sw: 'Umelipa theluthi mbili: ni mahakama pekee inayoweza kuamuru hilo.',
    rw: 'Mumaze kwishyura bibiri bya gatatu: urukiko rwonyine ni rwo rubitegeka.',
  },
  owesAll: {
    en: 'The vehicle was taken back, and {amount} of lease {reference} are owed, with what it cost.',
    lg: "Ekidduka kyaggyibwako, era {amount} ez'endagaano {reference} zibanjibwa, n'ebyakisaasaanyizibwako.",
    sw: 'Chombo kilichukuliwa, na {amount} za mkataba {reference} zinadaiwa, pamoja na gharama zake.',
    rw: "Ikinyabiziga cyarasubijwe, kandi {amount} y'amasezerano {reference} arabereyemo, harimo n'ibyagitanzweho.",
  },
  redeem: {
    en: 'Until it is sold it is yours if you pay this. It is not sold before {until}.',
    lg: "Okutuusa lwe kitundibwa kifuuka kikyo bw'osasula bino. Tekitundibwa nga {until} tennatuuka.",
    sw: 'Hadi kiuzwe ni chako ukilipa hizi. Hakiuzwi kabla ya {until}.',
    rw: 'Kugeza kigurishijwe kiba icyanyu nimwishyura aya. Ntikigurishwa mbere ya {until}.',
  },
  surplus: {
    en: 'What its sale brings beyond what you owe is yours.',
    lg: "Ekiva mu kukitunda ekisukka ku by'obanjibwa kikyo.",
    sw: 'Kinachozidi deni lako katika mauzo ni chako.',
    rw: 'Ibiva mu kukigurisha birenze ibyo mubereyemo ni ibyanyu.',
  },
  shortfall: {
    en: 'What it does not bring is owed still.',
    lg: 'Ekitavaamu kisigala kibanjibwa.',
    sw: 'Kisichopatikana bado kinadaiwa.',
    rw: 'Ibitabonetse mukomeza kubibamo umwenda.',
  },
  noShortfall: {
    en: 'What it does not bring is not owed any more.',
    lg: 'Ekitavaamu tekikyabanjibwa.',
    sw: 'Kisichopatikana hakidaiwi tena.',
    rw: 'Ibitabonetse ntimukibibamo umwenda.',
  },
  law: { en: 'The law', lg: 'Amateeka', sw: 'Sheria', rw: 'Amategeko' },
} as const satisfies Readonly<Record<string, Phrase>>;
