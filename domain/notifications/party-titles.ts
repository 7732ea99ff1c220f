import type { Language } from '../languages.ts';
import { exchangeTitles } from './texts/exchange.ts';
import type { PartyMessage } from './texts/parties.ts';

export type Title = { readonly en: string } & Readonly<Partial<Record<Language, string>>>;

/** Titles of what those are told who have a part in a lease, in the order of all titles. */
export const partyTitles: Readonly<Record<PartyMessage['template'], Title>> = {
  transfer_asked: {
    en: 'A lease is offered to you',
    sw: 'Unapewa mkataba',
    lg: 'Oweebwa endagaano',
    rw: 'Muhawe amasezerano',
  },
  transfer_to_agree: {
    en: 'Do you agree?',
    sw: 'Je, unakubali?',
    lg: 'Okkiriza?',
    rw: 'Murabyemera?',
  },
  transfer_ended: {
    en: 'Your lease stays yours',
    sw: 'Mkataba wako unabaki wako',
    lg: 'Endagaano esigala yiyo',
    rw: 'Amasezerano agumye kuba ayanyu',
  },
  transferred: {
    en: 'Your lease was handed over',
    sw: 'Mkataba wako umepewa mwingine',
    lg: 'Endagaano yo eweereddwa omulala',
    rw: 'Amasezerano yanyu yahawe undi',
  },
  ...exchangeTitles,
  money_held: {
    en: 'We have your payment',
    sw: 'Tumepokea malipo yako',
    lg: 'Tufunye ensasula yo',
    rw: 'Twakiriye ubwishyu bwanyu',
  },
  money_sent_back: {
    en: 'A payment goes back',
    sw: 'Malipo yanarudishwa',
    lg: 'Ensasula eddizibwa',
    rw: 'Ubwishyu burasubizwa',
  },
  account_changed: {
    en: 'Your account has changed',
    sw: 'Akaunti yako imebadilika',
    lg: 'Akawunti yo ekyusiddwa',
    rw: 'Konti yanyu yahindutse',
  },
  instalment_raised: { en: 'You pay more', sw: 'Malipo yameongezeka', lg: 'Osasula ekisinga', rw: 'Mwishyura byinshi' },
  guaranteed_schedule: {
    en: 'A lease that you answer for',
    sw: 'Mkataba unaoudhamini',
    lg: 'Endagaano gye weeyimirira',
    rw: 'Amasezerano mwishingiye',
  },
  guarantor_asked: {
    en: 'Somebody asks you to answer for him',
    sw: 'Unaombwa kuwa mdhamini',
    lg: 'Osabibwa okweyimirira',
    rw: 'Murasabwa kwishingira',
  },
  guarantor_called: {
    en: 'A lease that you answer for',
    sw: 'Mkataba unaoudhamini',
    lg: 'Endagaano gye weeyimirira',
    rw: 'Amasezerano mwishingiye',
  },
  guarantor_released: {
    en: 'You are released',
    sw: 'Umeachiliwa udhamini',
    lg: 'Oweereddwa eddembe',
    rw: 'Murekuwe ku bwishingizi',
  },
  guarantor_found: {
    en: 'Somebody answers for your lease',
    sw: 'Mkataba wako una mdhamini',
    lg: 'Endagaano yo erina agyeyimirira',
    rw: 'Amasezerano yanyu afite umwishingizi',
  },
  guarantor_left: { en: 'No guarantor', sw: 'Hakuna mdhamini', lg: 'Tewali mweyimirizi', rw: 'Nta mwishingizi' },
  guarantor_gone: {
    en: 'Nobody answers for your lease yet',
    sw: 'Mkataba wako hauna mdhamini bado',
    lg: 'Endagaano yo tennafuna agyeyimirira',
    rw: 'Amasezerano yanyu nta mwishingizi arabona',
  },
  title_transferred: {
    en: 'Registered in your name',
    sw: 'Kimesajiliwa kwa jina lako',
    lg: 'Kiwandiisiddwa mu linnya lyo',
    rw: 'Cyanditse ku izina ryanyu',
  },
  interest_discharged: {
    en: 'Struck from the register',
    sw: 'Tumeondolewa kwenye rejista',
    lg: 'Tuggyiddwa ku lukalala',
    rw: 'Twavanywe mu gitabo',
  },
  demanded: {
    en: 'Written demand',
    sw: 'Dai la maandishi',
    lg: 'Okusaba mu buwandiike',
    rw: 'Inyandiko yishyuza',
  },
  redemption_demanded: {
    en: 'Written demand, before the sale',
    sw: 'Dai la maandishi, kabla ya mauzo',
    lg: 'Okusaba mu buwandiike, nga tennatundibwa',
    rw: 'Inyandiko yishyuza, mbere yo kugurisha',
  },
  redeemed: {
    en: 'You have the vehicle back',
    sw: 'Umerudishiwa chombo',
    lg: 'Oddiziddwa ekidduka',
    rw: 'Mwasubijwe ikinyabiziga',
  },
  vehicle_sold: {
    en: 'The vehicle was sold',
    sw: 'Chombo kiliuzwa',
    lg: 'Ekidduka kyatundibwa',
    rw: 'Ikinyabiziga cyagurishijwe',
  },
  days_given: { en: 'Days for you', sw: 'Siku zako', lg: 'Ennaku zo', rw: 'Iminsi yanyu' },
  days_owed: { en: 'We owe you days', sw: 'Tunadaiwa siku', lg: 'Otubanja ennaku', rw: 'Tubabereyemo iminsi' },
  hardship_granted: { en: 'You have relief', sw: 'Umepewa nafuu', lg: 'Oweereddwa obuweerero', rw: 'Mworohewe' },
  hardship_declined: {
    en: 'The relief that you asked for',
    sw: 'Nafuu uliyoomba',
    lg: "Obuweerero bw'osabye",
    rw: 'Koroherezwa mwasabye',
  },
  death_refuted: {
    en: 'Your lease goes on',
    sw: 'Mkataba wako unaendelea',
    lg: 'Endagaano yo egenda mu maaso',
    rw: 'Amasezerano yanyu arakomeza',
  },
  taken_over: {
    en: 'The lease is yours',
    sw: 'Mkataba ni wako',
    lg: 'Endagaano yiyo',
    rw: 'Amasezerano ni ayanyu',
  },
};
