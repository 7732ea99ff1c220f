import type { Language } from '../../languages.ts';
import type { AccountChange } from '../../leases/account-change.ts';
import { formatMoney, type Money } from '../../money.ts';

/**
 * Whose account somebody else has changed; `left`: what he owes then, of an application of its deposit alone (`ofDeposit`);
 * `receipt`: of the paper that he has of it.
 */
export interface AccountMessage {
  readonly template: 'account_changed';
  readonly change: AccountChange;
  readonly amount: Money;
  readonly left: Money;
  readonly ofDeposit?: boolean;
  readonly reference: string;
  readonly receipt?: string;
}

type Spoken = Exclude<Language, 'fr'>;

interface AccountFacts {
  readonly amount: string;
  /** The words that say it. */
  readonly left: string;
  readonly reference: string;
  /** In brackets with what a language calls it; empty where he has no paper. */
  readonly paper: (called: string) => string;
}

const leftToPay: Readonly<Record<Spoken, (left: string, ofDeposit: boolean) => string>> = {
  en: (left, ofDeposit) => `${left}${ofDeposit ? ' of the deposit' : ''} is left to pay`,
  sw: (left, ofDeposit) => `Imebaki ${left}${ofDeposit ? ' ya amana' : ''}`,
  lg: (left, ofDeposit) => `${ofDeposit ? 'Ku musingi osigadde' : 'Osigadde'} ne ${left}`,
  rw: (left, ofDeposit) => `Hasigaye ${left}${ofDeposit ? " y'ingwate" : ''}`,
};

const ofAccount = (
  language: Spoken,
  { amount, left, ofDeposit = false, reference, receipt }: AccountMessage,
): AccountFacts => ({
  amount: formatMoney(amount),
  left: leftToPay[language](formatMoney(left), ofDeposit),
  reference,
  paper: (called) => (receipt === undefined ? '' : ` (${called} ${receipt})`),
});

const accountTexts: Readonly<Record<AccountChange, Readonly<Record<Spoken, (facts: AccountFacts) => string>>>> = {
  cash_received: {
    en: ({ amount, left, reference, paper }) =>
      `We received ${amount} in cash${paper('receipt')} for ${reference}. ${left}. Not so? Call us.`,
    sw: ({ amount, left, reference, paper }) =>
      `Tumepokea ${amount} taslimu${paper('risiti')} kwa ${reference}. ${left}. Si kweli? Tupigie simu.`,
    lg: ({ amount, left, reference, paper }) =>
      `Tufunye ${amount} mu nsimbi enkalu${paper('lisiiti')} eza ${reference}. ${left}. Si bwe kiri? Tukubire essimu.`,
    rw: ({ amount, left, reference, paper }) =>
      `Twakiriye ${amount} mu ntoki${paper('inyemezabwishyu')} ya ${reference}. ${left}. Si byo? Muduhamagare.`,
  },
  booked: {
    en: ({ amount, left, reference }) => `${amount} was booked to your lease ${reference}. ${left}. Not so? Call us.`,
    sw: ({ amount, left, reference }) =>
      `${amount} imeingizwa kwenye mkataba wako ${reference}. ${left}. Si kweli? Tupigie simu.`,
    lg: ({ amount, left, reference }) =>
      `${amount} zissiddwa ku ndagaano yo ${reference}. ${left}. Si bwe kiri? Tukubire essimu.`,
    rw: ({ amount, left, reference }) =>
      `${amount} yashyizwe ku masezerano yanyu ${reference}. ${left}. Si byo? Muduhamagare.`,
  },
  paid_out: {
    en: ({ amount, reference, paper }) =>
      `We paid ${amount} of your lease ${reference} back to you in cash${paper('receipt')}. If you did not get it, call us at once.`,
    sw: ({ amount, reference, paper }) =>
      `Tumekurudishia ${amount} taslimu kwa mkataba ${reference}${paper('risiti')}. Kama hukupokea, tupigie simu mara moja.`,
    lg: ({ amount, reference, paper }) =>
      `Tukuddizza ${amount} mu nsimbi enkalu ez'endagaano ${reference}${paper('lisiiti')}. Bw'oba tozifunye, tukubire mangu.`,
    rw: ({ amount, reference, paper }) =>
      `Twabasubije ${amount} mu ntoki y'amasezerano ${reference}${paper('inyemezabwishyu')}. Niba mutayabonye, muduhamagare ako kanya.`,
  },
  payout_undone: {
    en: ({ amount, reference }) =>
      `${amount} that we had booked as paid to you in cash (${reference}) was not, and is yours still. Questions? Call us.`,
    sw: ({ amount, reference }) =>
      `${amount} tuliyoandika kuwa umelipwa taslimu (${reference}) hukulipwa: bado ni yako. Una swali? Tupigie simu.`,
    lg: ({ amount, reference }) =>
      `${amount} ze twawandiika nti waziweebwa mu nkalu (${reference}) tewaziweebwa: zikyali zizo. Bw'oba n'ekibuuzo, tukubire.`,
    rw: ({ amount, reference }) =>
      `${amount} twanditse ko mwayahawe mu ntoki (${reference}) ntimwayahawe: aracyari ayanyu. Ikibazo? Muduhamagare.`,
  },
  taken_back: {
    en: ({ amount, left, reference }) =>
      `A payment of ${amount} for ${reference} was taken back and counts no more. ${left}. Not so? Call us.`,
    sw: ({ amount, left, reference }) =>
      `Malipo ya ${amount} kwa ${reference} yamerudishwa na hayahesabiwi tena. ${left}. Si kweli? Tupigie simu.`,
    lg: ({ amount, left, reference }) =>
      `Ensasula ya ${amount} ku ${reference} ezziddwayo era tekyabalibwa. ${left}. Si bwe kiri? Tukubire essimu.`,
    rw: ({ amount, left, reference }) =>
      `Ubwishyu bwa ${amount} kuri ${reference} bwasubijwe, ntibukibarwa. ${left}. Si byo? Muduhamagare.`,
  },
  fees_waived: {
    en: ({ amount, left, reference }) => `We forgave ${amount} of late fees on ${reference}. ${left}.`,
    sw: ({ amount, left, reference }) => `Tumekusamehe ${amount} za ada ya kuchelewa kwa ${reference}. ${left}.`,
    lg: ({ amount, left, reference }) => `Tukusonyiye ${amount} ez'engassi y'okulwawo ku ${reference}. ${left}.`,
    rw: ({ amount, left, reference }) => `Twabababariye ${amount} y'amande yo gutinda kuri ${reference}. ${left}.`,
  },
  claimed: {
    en: ({ amount, reference }) =>
      `${amount} that you had paid for ${reference} was taken back after that lease was made over. You owe it to us: call us to agree on how you pay it.`,
    sw: ({ amount, reference }) =>
      `${amount} ulizolipa kwa ${reference} zimerudishwa baada ya mkataba kuhamishiwa mwingine. Unadaiwa: tupigie simu tukubaliane utakavyolipa.`,
    lg: ({ amount, reference }) =>
      `${amount} ze wasasula ku ${reference} zizziddwayo ng'endagaano emaze okuweebwa omulala. Ozibanjibwa: tukubire tukkaanye engeri gy'ozisasulamu.`,
    rw: ({ amount, reference }) =>
      `${amount} mwishyuye kuri ${reference} yasubijwe amasezerano amaze guhabwa undi. Murayabereyemo umwenda: muduhamagare twumvikane uko muyishyura.`,
  },
  claim_ended: {
    en: ({ amount, reference }) =>
      `You do not owe ${amount} for ${reference} any more, which had been taken back. Questions? Call us.`,
    sw: ({ amount, reference }) =>
      `Hudaiwi tena ${amount} kwa ${reference} zilizokuwa zimerudishwa. Una swali? Tupigie simu.`,
    lg: ({ amount, reference }) =>
      `Tokyabanjibwa ${amount} ku ${reference} ezaali zizziddwayo. Bw'oba n'ekibuuzo, tukubire.`,
    rw: ({ amount, reference }) =>
      `Ntimukibereyemo umwenda wa ${amount} kuri ${reference} yari yasubijwe. Ikibazo? Muduhamagare.`,
  },
};

const said = (language: Spoken) => (message: AccountMessage) =>
  accountTexts[message.change][language](ofAccount(language, message));

export const accountWords: Readonly<Record<Spoken, (message: AccountMessage) => string>> = {
  en: said('en'),
  sw: said('sw'),
  lg: said('lg'),
  rw: said('rw'),
};
