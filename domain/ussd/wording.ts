import type { VehicleType } from '../vehicles/vehicle.ts';
import type { PauseKind } from '../leases/pause.ts';
import type { Phrase } from '../phrase.ts';

/** What screens ask, and their words. */
export const words = {
  menu: { en: 'Menu', lg: 'Menyu', sw: 'Menyu', rw: 'Menyu' },
  more: { en: 'More', lg: 'Ebirala', sw: 'Zaidi', rw: 'Ibindi' },
  dialAgain: {
    en: 'It took too long for your phone. Please dial again.',
    lg: 'Kiluddewo nnyo ku ssimu yo. Nyiga nate.',
    sw: 'Imechukua muda mrefu kwa simu yako. Tafadhali piga tena.',
    rw: 'Byatinze kuri telefoni yawe. Ongera uhamagare.',
  },
  yes: { en: 'Yes', lg: 'Yee', sw: 'Ndiyo', rw: 'Yego' },
  language: { en: 'Choose your language', lg: 'Londa olulimi', sw: 'Chagua lugha', rw: 'Hitamo ururimi' },
  name: {
    en: 'Your full name, as on your ID:',
    lg: 'Amannya go gonna, nga bwe gali ku ndagamuntu:',
    sw: 'Jina lako kamili, kama kwenye kitambulisho:',
    rw: "Amazina yawe yose, nk'ari ku ndangamuntu:",
  },
  newPin: {
    en: 'Choose a PIN of 4 digits. You sign with it: tell it to nobody.',
    lg: "Londa PIN ya nnamba 4. Gy'onossaako omukono: togibuulira muntu.",
    sw: 'Chagua PIN ya tarakimu 4. Utasaini nayo: usimwambie mtu.',
    rw: "Hitamo PIN y'imibare 4. Ni yo uzasinyisha: ntuyibwire umuntu.",
  },
  pinAgain: {
    en: 'The same PIN again:',
    lg: "Ddamu PIN y'emu:",
    sw: 'PIN hiyo hiyo tena:',
    rw: 'Ongera wandike iyo PIN:',
  },
  oldPin: { en: 'Your PIN of now:', lg: "PIN yo ey'edda:", sw: 'PIN yako ya sasa:', rw: 'PIN yawe ya none:' },
  forgotten: { en: 'Forgotten', lg: 'Ngyerabidde', sw: 'Nimesahau', rw: 'Narayibagiwe' },
  pinCode: {
    en: 'Type the code that we text you now:',
    lg: 'Wandiika koodi gye tukuweereza kati ku bubaka:',
    sw: 'Andika nambari tunayokutumia sasa kwa ujumbe:',
    rw: 'Andika kode tukoherereje ubu mu butumwa:',
  },
  types: { en: 'What do you want?', lg: 'Oyagala ki?', sw: 'Unataka nini?', rw: 'Urashaka iki?' },
  plans: {
    en: 'How do you want to pay?',
    lg: 'Oyagala kusasula otya?',
    sw: 'Unataka kulipa vipi?',
    rw: 'Urashaka kwishyura ute?',
  },
  plan: {
    en: '{frequency}, {instalments} times',
    lg: '{frequency}, emirundi {instalments}',
    sw: '{frequency}, mara {instalments}',
    rw: '{frequency}, inshuro {instalments}',
  },
  vehicles: {
    en: 'Vehicles, by instalment:',
    lg: 'Ebidduka, okusinziira ku nsasula:',
    sw: 'Vyombo, kwa awamu:',
    rw: 'Ibinyabiziga, ku gice:',
  },
  offer: {
    en: '{vehicle}: deposit {deposit}, then {instalments} times {instalment}, {frequency}. In all {total}.',
    lg: '{vehicle}: omusingi {deposit}, olwo emirundi {instalments} {instalment}, {frequency}. Byonna {total}.',
    sw: '{vehicle}: amana {deposit}, kisha mara {instalments} {instalment}, {frequency}. Jumla {total}.',
    rw: '{vehicle}: ingwate {deposit}, inshuro {instalments} {instalment}, {frequency}. Byose {total}.',
  },
  apply: { en: 'Apply', lg: 'Saba', sw: 'Omba', rw: 'Saba' },
  provider: {
    en: 'Whose mobile money has this number?',
    lg: 'Ennamba eno ya mobile money ki?',
    sw: 'Namba hii ni ya mtandao gani wa pesa?',
    rw: 'Iyi nimero ni iya mobile money ya nde?',
  },
  acceptOffer: { en: 'Accept', lg: 'Kkiriza', sw: 'Kubali', rw: 'Emera' },
  sign: {
    en: '{vehicle}: deposit {deposit}, then {instalments} times {instalment}. In all {total}. Sign with your PIN:',
    lg: '{vehicle}: omusingi {deposit}, olwo emirundi {instalments} {instalment}. Byonna {total}. Ssaako PIN:',
    sw: '{vehicle}: amana {deposit}, kisha mara {instalments} {instalment}. Jumla {total}. Saini kwa PIN:',
    rw: '{vehicle}: ingwate {deposit}, inshuro {instalments} {instalment}. Byose {total}. Sinyisha PIN:',
  },
  balance: {
    en: 'Paid {paid}, {percent} % is yours. To pay: {outstanding}. Late: {late}.',
    lg: 'Osasudde {paid}, {percent} % bibyo. Ebisigadde: {outstanding}. Ebiyiseeko: {late}.',
    sw: 'Umelipa {paid}, {percent} % ni yako. Bado: {outstanding}. Umechelewa: {late}.',
    rw: 'Wishyuye {paid}, {percent} % ni ibyawe. Hasigaye: {outstanding}. Byatinze: {late}.',
  },
  paidSoFar: { en: 'Paid {paid}.', lg: 'Osasudde {paid}.', sw: 'Umelipa {paid}.', rw: 'Wishyuye {paid}.' },
  next: {
    en: 'Next {amount} on {on}.',
    lg: 'Ekiddako {amount}, {on}.',
    sw: 'Inayofuata {amount}, {on}.',
    rw: 'Igikurikira {amount}, {on}.',
  },
  reference: {
    en: 'Reference {reference}',
    lg: 'Ennamba {reference}',
    sw: 'Kumbukumbu {reference}',
    rw: 'Nimero {reference}',
  },
  payHow: { en: 'Pay how much?', lg: 'Osasula meka?', sw: 'Lipa kiasi gani?', rw: 'Wishyura angahe?' },
  otherAmount: { en: 'Another amount', lg: 'Omuwendo omulala', sw: 'Kiasi kingine', rw: 'Andi mafaranga' },
  amount: {
    en: 'Type the amount in {currency}:',
    lg: 'Wandiika omuwendo mu {currency}:',
    sw: 'Andika kiasi kwa {currency}:',
    rw: 'Andika amafaranga muri {currency}:',
  },
  payNow: {
    en: 'Pay {amount} now?',
    lg: 'Osasula {amount} kati?',
    sw: 'Lipa {amount} sasa?',
    rw: 'Wishyura {amount} ubu?',
  },
  pauseKind: {
    en: 'Days off: why?',
    lg: 'Okuwummula: lwaki?',
    sw: 'Mapumziko: kwa nini?',
    rw: 'Ikiruhuko: kubera iki?',
  },
  pauseDays: { en: 'How many days off?', lg: 'Ennaku mmeka?', sw: 'Siku ngapi?', rw: 'Iminsi ingahe?' },
  pauseNow: {
    en: '{days} days off from today?',
    lg: 'Owummula ennaku {days} okuva leero?',
    sw: 'Mapumziko ya siku {days} kuanzia leo?',
    rw: "Ikiruhuko cy'iminsi {days} uhereye none?",
  },
  promiseDays: {
    en: 'In how many days will you pay?',
    lg: 'Onoosasula mu nnaku mmeka?',
    sw: 'Utalipa baada ya siku ngapi?',
    rw: 'Uzishyura mu minsi ingahe?',
  },
  promiseHow: { en: 'How much then?', lg: 'Onoosasula meka?', sw: 'Utalipa kiasi gani?', rw: 'Uzishyura angahe?' },
  promiseNow: {
    en: 'Promise {amount} on {on}?',
    lg: 'Osuubiza {amount} nga {on}?',
    sw: 'Unaahidi {amount} tarehe {on}?',
    rw: 'Usezeranye {amount} ku wa {on}?',
  },
  theft: {
    en: 'Was {vehicle} stolen? Then nothing is collected for some days, and we look for it. Your PIN:',
    lg: '{vehicle} yabbiddwa? Olwo tukoma okubanja okumala ennaku, ne tuginoonya. PIN yo:',
    sw: '{vehicle} imeibwa? Basi hatutadai kwa siku kadhaa, na tunaitafuta. PIN yako:',
    rw: '{vehicle} yibwe? Ubwo ntitwishyuza iminsi mike, kandi turayishaka. PIN yawe:',
  },
  restart: {
    en: 'Start {vehicle} for 48 hours, whatever is owed? This is possible once.',
    lg: 'Otambuze {vehicle} essaawa 48, newankubadde waliwo ebbanja? Kisoboka omulundi gumu.',
    sw: 'Washa {vehicle} kwa saa 48, hata kama kuna deni? Inawezekana mara moja.',
    rw: 'Kwatsa {vehicle} amasaha 48, nubwo hari umwenda? Bishoboka rimwe gusa.',
  },
  message: {
    en: 'What is it about? Type it in a few words:',
    lg: 'Kikwata ku ki? Wandiika mu bigambo bitono:',
    sw: 'Inahusu nini? Andika kwa maneno machache:',
    rw: 'Ni iki? Andika mu magambo make:',
  },
  help: {
    en: 'Dial {code} for all of this. By SMS: BAL, PAY and an amount, STOP, START, HELP.',
    lg: "Nyiga {code} ku bino byonna. Ku SMS: BAL, PAY n'omuwendo, STOP, START, HELP.",
    sw: 'Piga {code} kwa haya yote. Kwa SMS: BAL, PAY na kiasi, STOP, START, HELP.',
    rw: "Kanda {code} kuri ibi byose. Kuri SMS: BAL, PAY n'amafaranga, STOP, START, HELP.",
  },
  otherLate: {
    en: 'Another lease is late.',
    lg: 'Endagaano yo endala eyiseeko.',
    sw: 'Mkataba mwingine umechelewa.',
    rw: 'Andi masezerano yaratinze.',
  },
  otherLease: { en: 'Your leases', lg: 'Endagaano zo', sw: 'Mikataba yako', rw: 'Amasezerano yawe' },
} as const satisfies Readonly<Record<string, Phrase>>;

export const menuWords = {
  acceptOffer: { en: 'Accept the offer', lg: 'Kkiriza ekiweereddwa', sw: 'Kubali ofa', rw: 'Emera ibyo uhawe' },
  sign: { en: 'Sign', lg: 'Ssaako omukono', sw: 'Saini', rw: 'Sinya' },
  pay: { en: 'Pay', lg: 'Sasula', sw: 'Lipa', rw: 'Ishyura' },
  balance: { en: 'My balance', lg: 'Bye nsasudde', sw: 'Salio langu', rw: 'Konti yanjye' },
  pause: { en: 'Days off', lg: "Ennaku z'okuwummula", sw: 'Siku za mapumziko', rw: "Iminsi y'ikiruhuko" },
  resume: { en: 'End my days off', lg: 'Komya okuwummula', sw: 'Maliza mapumziko', rw: 'Rangiza ikiruhuko' },
  promise: { en: 'Promise to pay', lg: 'Suubiza okusasula', sw: 'Ahidi kulipa', rw: 'Sezeranya kwishyura' },
  restart: { en: 'Start the vehicle', lg: 'Tambuza ekidduka', sw: 'Washa chombo', rw: 'Atsa ikinyabiziga' },
  restartCode: { en: 'Restart code', lg: "Koodi y'okutambuza", sw: 'Nambari ya kuwasha', rw: 'Kode yo kwatsa' },
  theft: { en: 'Report theft', lg: 'Loopa obubbi', sw: 'Ripoti wizi', rw: 'Menyesha ubujura' },
  browse: { en: 'Find a vehicle', lg: 'Noonya ekidduka', sw: 'Tafuta chombo', rw: 'Shaka ikinyabiziga' },
  leases: { en: 'My other leases', lg: 'Endagaano endala', sw: 'Mikataba mingine', rw: 'Andi masezerano' },
  agent: { en: 'Talk to us', lg: 'Yogera naffe', sw: 'Zungumza nasi', rw: 'Tuvugishe' },
  language: { en: 'Language', lg: 'Olulimi', sw: 'Lugha', rw: 'Ururimi' },
  pin: { en: 'My PIN', lg: 'PIN yange', sw: 'PIN yangu', rw: 'PIN yanjye' },
  help: { en: 'Help', lg: 'Obuyambi', sw: 'Msaada', rw: 'Ubufasha' },
} as const satisfies Readonly<Record<string, Phrase>>;
export type MenuItem = keyof typeof menuWords;

/** Where a lease stands, in a line. */
export const standWords = {
  none: { en: 'Rent to own', lg: "Sasula nga bw'ovuga", sw: 'Kodi hadi umiliki', rw: 'Ishyura buhoro utunge' },
  papers: {
    en: 'an agent will see your papers',
    lg: 'omukozi ajja kulaba empapula zo',
    sw: 'wakala ataona hati zako',
    rw: 'umukozi azareba ibyangombwa',
  },
  assessing: { en: 'we look at it', lg: 'tukyakitunuulira', sw: 'tunaliangalia', rw: 'turabisuzuma' },
  offered: { en: 'approved!', lg: 'ekkiriziddwa!', sw: 'imekubaliwa!', rw: 'byemewe!' },
  reserved: {
    en: 'held for you, please sign',
    lg: 'ekuterekeddwa, ssaako omukono',
    sw: 'umewekewa, saini',
    rw: 'yakubikiwe, sinya',
  },
  deposit: {
    en: 'deposit {deposit} to be paid',
    lg: 'sasula omusingi {deposit}',
    sw: 'lipa amana {deposit}',
    rw: 'ishyura ingwate {deposit}',
  },
  handover: {
    en: 'an agent hands it over',
    lg: 'omukozi ajja kugikuwa',
    sw: 'wakala atakukabidhi',
    rw: 'umukozi azayiguha',
  },
  next: { en: '{amount} due {on}', lg: '{amount} nga {on}', sw: '{amount} tarehe {on}', rw: '{amount} ku wa {on}' },
  late: { en: '{amount} is late', lg: '{amount} ziyiseeko', sw: '{amount} zimechelewa', rw: '{amount} byatinze' },
  paused: {
    en: 'days off until {on}',
    lg: 'owummudde okutuusa {on}',
    sw: 'mapumziko hadi {on}',
    rw: 'ikiruhuko kugeza {on}',
  },
  stopped: {
    en: 'stopped, {amount} is late',
    lg: 'eyimiriziddwa, {amount}',
    sw: 'imezimwa, deni {amount}',
    rw: 'yahagaritswe, {amount}',
  },
  stolen: {
    en: 'reported stolen',
    lg: 'yaloopebwa nti yabbibwa',
    sw: 'imeripotiwa kuibwa',
    rw: 'yamenyeshejwe ko yibwe',
  },
  takenBack: {
    en: '{amount} taken back, owed again',
    lg: '{amount} zizziddwayo, ozibanjibwa',
    sw: '{amount} zimerudishwa, unadaiwa',
    rw: '{amount} yasubijwe, uyabereyemo umwenda',
  },
  lookedInto: {
    en: 'we look into a payment for it',
    lg: 'tukyekebejja okusasula kwayo',
    sw: 'tunachunguza malipo yake',
    rw: 'turasuzuma ubwishyu bwayo',
  },
  owned: { en: 'it is yours!', lg: 'yiyo!', sw: 'ni yako!', rw: 'ni iyawe!' },
  over: { en: 'is over', lg: 'yaggwa', sw: 'imeisha', rw: 'byarangiye' },
} as const satisfies Readonly<Record<string, Phrase>>;

export const typeWords: Readonly<Record<VehicleType, Phrase>> = {
  motorcycle: { en: 'Motorcycle', lg: 'Pikipiki', sw: 'Pikipiki', rw: 'Moto' },
  car: { en: 'Car', lg: 'Emmotoka', sw: 'Gari', rw: 'Imodoka' },
  van: { en: 'Van', lg: 'Vvaani', sw: 'Gari la mizigo', rw: 'Vani' },
  truck: { en: 'Truck', lg: 'Loole', sw: 'Lori', rw: 'Ikamyo' },
};

export const pauseWords: Readonly<Record<PauseKind, Phrase>> = {
  holiday: { en: 'Holiday', lg: 'Luwummula', sw: 'Likizo', rw: 'Konji' },
  repair: { en: 'Repair', lg: 'Okuddaabiriza', sw: 'Matengenezo', rw: 'Gukoresha' },
  illness: { en: 'Illness', lg: 'Obulwadde', sw: 'Ugonjwa', rw: 'Uburwayi' },
};
