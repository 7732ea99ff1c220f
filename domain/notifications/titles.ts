import { partyTitles, type Title } from './party-titles.ts';
import type { Kind } from './rules.ts';

const code = {
  en: 'Your login code',
  sw: 'Nambari yako ya kuingia',
  lg: "Koodi yo ey'okuyingira",
  rw: 'Kode yanyu yo kwinjira',
} as const;

/** Subjects of e-mails and titles of push messages: they say what it is about and nothing of anybody. */
export const titles: Readonly<Record<Kind, Title>> = {
  offer: {
    en: 'Your application is approved',
    sw: 'Ombi lako limekubaliwa',
    lg: 'Okusaba kwo kukkiriziddwa',
    rw: 'Ubusabe bwanyu bwemewe',
  },
  declined: { en: 'Your application', sw: 'Ombi lako', lg: 'Okusaba kwo', rw: 'Ubusabe bwanyu' },
  lapsed: {
    en: 'Your application has lapsed',
    sw: 'Ombi lako limeisha muda',
    lg: 'Okusaba kwo kuweddeko',
    rw: 'Ubusabe bwanyu bwarangiye',
  },
  deposit_received: {
    en: 'We have your deposit',
    sw: 'Tumepokea amana yako',
    lg: 'Tufunye omusingo gwo',
    rw: 'Twakiriye avansi yanyu',
  },
  deposit_owed_again: {
    en: 'Your deposit is owed again',
    sw: 'Amana yako inadaiwa tena',
    lg: 'Omusingo gwo gubanjibwa nate',
    rw: 'Avansi yanyu yongeye kwishyuzwa',
  },
  welcome: { en: 'Welcome', sw: 'Karibu', lg: 'Tukwanirizza', rw: 'Murakaza neza' },
  reminder: { en: 'A payment is late', sw: 'Malipo yamechelewa', lg: 'Ensasula erwiseewo', rw: 'Ubwishyu bwatinze' },
  prompt_declined: {
    en: 'A payment was not confirmed',
    sw: 'Malipo hayakuthibitishwa',
    lg: 'Okusasula tekwakakasiddwa',
    rw: 'Ubwishyu ntibwemejwe',
  },
  wrong_pin: {
    en: 'A payment was not made',
    sw: 'Malipo hayakufanyika',
    lg: 'Okusasula tekwakoleddwa',
    rw: 'Ubwishyu ntibwakozwe',
  },
  other_method: {
    en: 'Please choose how to pay',
    sw: 'Chagua njia ya malipo',
    lg: "Londa engeri y'okusasula",
    rw: 'Hitamo uburyo bwo kwishyura',
  },
  late_fee: { en: 'A late fee', sw: 'Ada ya kuchelewa', lg: "Engassi y'okulwawo", rw: "Amande y'ubukererwe" },
  immobilisation_warning: {
    en: 'Your vehicle may be stopped',
    sw: 'Chombo chako kinaweza kusimamishwa',
    lg: 'Ekidduka kyo kiyinza okuyimirizibwa',
    rw: 'Ikinyabiziga cyanyu gishobora guhagarikwa',
  },
  restart_code: {
    en: 'Your code for the vehicle',
    sw: 'Nambari ya chombo chako',
    lg: "Koodi y'ekidduka kyo",
    rw: "Kode y'ikinyabiziga cyanyu",
  },
  paused: {
    en: 'Your lease is paused',
    sw: 'Mkataba wako umesimama',
    lg: 'Endagaano yo eyimiriziddwa',
    rw: 'Amasezerano yanyu yahagaze',
  },
  promised: {
    en: 'Your promise to pay',
    sw: 'Ahadi yako ya kulipa',
    lg: 'Okusuubiza kwo okusasula',
    rw: 'Isezerano ryanyu ryo kwishyura',
  },
  restructured: { en: 'Your new plan', sw: 'Mpango wako mpya', lg: 'Enteekateeka yo empya', rw: 'Gahunda yanyu nshya' },
  theft_reported: {
    en: 'Your vehicle was reported stolen',
    sw: 'Chombo chako kimeripotiwa kuibwa',
    lg: 'Ekidduka kyo kyaloopeddwa nti kibbiddwa',
    rw: 'Ikinyabiziga cyanyu cyavuzwe ko cyibwe',
  },
  returned: {
    en: 'You gave the vehicle back',
    sw: 'Umerudisha chombo',
    lg: 'Okomezzaawo ekidduka',
    rw: 'Mwasubije ikinyabiziga',
  },
  repossessed: {
    en: 'We took the vehicle back',
    sw: 'Tumechukua chombo',
    lg: 'Tukuddizza ekidduka',
    rw: 'Twisubije ikinyabiziga',
  },
  total_loss: {
    en: 'The vehicle is lost',
    sw: 'Chombo kimepotea',
    lg: 'Ekidduka kibuze',
    rw: 'Ikinyabiziga cyarabuze',
  },
  ...partyTitles,
  owner: { en: 'The vehicle is yours', sw: 'Chombo ni chako', lg: 'Ekidduka kikyo', rw: 'Ikinyabiziga ni icyanyu' },
  refund: { en: 'We sent money back', sw: 'Tumerudisha pesa', lg: 'Tukuddizza ssente', rw: 'Twabasubije amafaranga' },
  your_turn: { en: 'It is your turn', sw: 'Ni zamu yako', lg: 'Omulundi gwo gutuuse', rw: 'Ni mwe mutahiwe' },
  vehicle_gone: {
    en: 'The vehicle is gone',
    sw: 'Chombo hakipatikani tena',
    lg: 'Ekidduka tekikyafunika',
    rw: 'Ikinyabiziga ntikikiboneka',
  },
  turn_delayed: {
    en: 'Your turn comes later',
    sw: 'Zamu yako itachelewa',
    lg: 'Omulundi gwo gujja luvannyuma',
    rw: 'Muzatahirwa nyuma',
  },
  hold_extended: {
    en: 'It is held for you longer',
    sw: 'Unashikiliwa kwa muda zaidi',
    lg: 'Kikuumiddwa ekiseera ekirala',
    rw: 'Turakibabikira igihe kirekire',
  },
  answered: { en: 'We have answered you', sw: 'Tumekujibu', lg: 'Tukuzzeemu', rw: 'Twabasubije' },
  answer: { en: 'Our answer', sw: 'Jibu letu', lg: 'Okuddamu kwaffe', rw: 'Igisubizo cyacu' },
  answer_awaited: { en: 'We wait for your answer', sw: 'Tunasubiri jibu lako' },
  unanswered: { en: 'Your request is closed', sw: 'Ombi lako limefungwa' },
  crash_noticed: {
    en: 'Are you all right?',
    sw: 'Uko salama?',
    lg: 'Oli bulungi?',
    rw: 'Mumeze neza?',
  },
  login_code: code,
  welcome_code: code,
  already_registered: code,
  pin_code: { en: 'Your code for another PIN' },
  signature_code: {
    en: 'Your code to sign with',
    sw: 'Nambari yako ya kusaini',
    lg: "Koodi yo ey'okussaako omukono",
    rw: 'Kode yanyu yo gusinya',
  },
  pin_reset: { en: 'Your PIN was taken away', sw: 'PIN yako imefutwa' },
  code_hidden: {
    en: 'Never send a code',
    sw: 'Usitume nambari ya kuingia',
    lg: 'Toweereza koodi',
    rw: 'Ntukohereze kode',
  },
  mail_changed: { en: 'Your e-mail address', sw: 'Anwani yako ya barua pepe' },
  digest: { en: 'Messages from us', sw: 'Ujumbe kutoka kwetu', lg: 'Obubaka okuva gye tuli', rw: 'Ubutumwa bwacu' },
};

export const kinds = Object.keys(titles) as readonly Kind[] as readonly [Kind, ...Kind[]];
