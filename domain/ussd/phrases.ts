import type { Phrase } from '../phrase.ts';

/** Lines that stand above a screen: what became of the input before. */
export const notes = {
  wrongChoice: {
    en: 'That is no choice.',
    lg: "Ekyo tekiri mu by'okulonda.",
    sw: 'Chaguo hilo halipo.',
    rw: 'Ibyo ntibirimo.',
  },
  wrongName: {
    en: 'A name has 2 to 60 letters.',
    lg: "Erinnya liba n'ennukuta 2 ku 60.",
    sw: 'Jina lina herufi 2 hadi 60.',
    rw: 'Izina rigira inyuguti 2 kugeza 60.',
  },
  wrongAmount: {
    en: 'Type an amount in digits, without cents.',
    lg: 'Wandiika omuwendo mu nnamba, awatali senti.',
    sw: 'Andika kiasi kwa tarakimu, bila senti.',
    rw: 'Andika amafaranga mu mibare, nta santimu.',
  },
  wrongDays: {
    en: 'Type 1 to {most} days.',
    lg: 'Wandiika ennaku 1 ku {most}.',
    sw: 'Andika siku 1 hadi {most}.',
    rw: 'Andika iminsi 1 kugeza {most}.',
  },
  wrongText: {
    en: 'Type a few words.',
    lg: 'Wandiika ebigambo bitono.',
    sw: 'Andika maneno machache.',
    rw: 'Andika amagambo make.',
  },
  weakPin: {
    en: 'Choose 4 digits, hard to guess.',
    lg: 'Londa nnamba 4 ezitateeberezeka.',
    sw: 'Chagua tarakimu 4 zisizokisiwa.',
    rw: 'Hitamo imibare 4 itoroshye gutahura.',
  },
  differingPins: {
    en: 'They differ. Choose again.',
    lg: 'Tezifaanagana. Ddamu olonde.',
    sw: 'Hazifanani. Chagua tena.',
    rw: 'Ntibihuye. Ongera uhitemo.',
  },
  wrongCode: { en: 'Wrong code.', lg: 'Koodi si ntuufu.', sw: 'Nambari si sahihi.', rw: 'Kode si yo.' },
  wrongPin: { en: 'Wrong PIN.', lg: 'PIN si ntuufu.', sw: 'PIN si sahihi.', rw: 'PIN si yo.' },
  pinSet: { en: 'Your PIN is set.', lg: 'PIN yo eteekeddwawo.', sw: 'PIN yako imewekwa.', rw: 'PIN yawe yashyizweho.' },
  welcome: { en: 'Welcome!', lg: 'Tukusanyukidde!', sw: 'Karibu!', rw: 'Murakaza neza!' },
  resumed: {
    en: 'Your days off are over.',
    lg: "Ennaku zo ez'okuwummula ziweddeko.",
    sw: 'Siku zako za mapumziko zimeisha.',
    rw: "Iminsi yawe y'ikiruhuko irarangiye.",
  },
} as const satisfies Readonly<Record<string, Phrase>>;
export type Note = keyof typeof notes;

/** What is said when something is done, or is not; a session ends with it. */
export const sayings = {
  applied: {
    en: 'You have applied for {vehicle}. An agent will come for your papers. We text you what comes next.',
    lg: 'Osabye {vehicle}. Omukozi waffe ajja kukunonako empapula. Tujja kukuweereza obubaka.',
    sw: 'Umeomba {vehicle}. Wakala atakuja kuchukua hati zako. Tutakutumia ujumbe.',
    rw: 'Wasabye {vehicle}. Umukozi wacu azaza gufata ibyangombwa byawe. Tuzakwandikira.',
  },
  appliedStopped: {
    en: 'You have applied for {vehicle}. An agent will come for your papers. You have stopped our texts: send START to get them.',
    lg: 'Osabye {vehicle}. Omukozi waffe ajja kukunonako empapula. Wayimiriza obubaka bwaffe: weereza START okubufuna.',
    sw: 'Umeomba {vehicle}. Wakala atakuja kuchukua hati zako. Umesitisha ujumbe wetu: tuma START kuupata.',
    rw: 'Wasabye {vehicle}. Umukozi wacu azaza gufata ibyangombwa byawe. Wahagaritse ubutumwa bwacu: ohereza START ububone.',
  },
  signed: {
    en: 'Signed. Now confirm the deposit of {deposit} on this phone. An agent then hands the vehicle over.',
    lg: 'Otaddeko omukono. Kati kakasa omusingi gwa {deposit} ku ssimu eno. Omukozi ajja kukuwa ekidduka.',
    sw: 'Umesaini. Sasa thibitisha amana ya {deposit} kwenye simu hii. Kisha wakala atakukabidhi chombo.',
    rw: 'Wasinye. Emeza ingwate ya {deposit} kuri iyi telefone. Umukozi azaguha ikinyabiziga.',
  },
  paying: {
    en: 'Confirm {amount} for {vehicle} ({reference}) with your mobile-money PIN on the request that comes now.',
    lg: 'Kakasa {amount} eza {vehicle} ({reference}) ne PIN yo eya mobile money ku bubaka obujja kati.',
    sw: 'Thibitisha {amount} ya {vehicle} ({reference}) kwa PIN yako ya pesa za simu kwenye ombi linalokuja sasa.',
    rw: 'Emeza {amount} ya {vehicle} ({reference}) ukoresheje PIN yawe ya mobile money ku butumwa buje ubu.',
  },
  payingAlready: {
    en: 'The request for {amount} for {vehicle} ({reference}) is on your phone: confirm it. To pay as much again, wait 2 minutes.',
    lg: 'Okusaba {amount} eza {vehicle} ({reference}) kuli ku ssimu yo: kukakase awo. Okusasula ezo nate, linda eddakiika 2.',
    sw: 'Ombi la {amount} ya {vehicle} ({reference}) liko kwenye simu yako: lithibitishe hapo. Kulipa tena hizo, subiri dakika 2.',
    rw: 'Ubusabe bwa {amount} ya {vehicle} ({reference}) buri kuri telefone: bwemeze aho. Kongera kwishyura ayo, tegereza iminota 2.',
  },
  requestOnPhone: {
    en: 'A request to pay is on your phone: confirm it there, or decline it there and then pay another sum.',
    lg: 'Okusaba okusasula kuli ku ssimu yo: kukakase awo, oba kugaane olyoke osasule omuwendo omulala.',
    sw: 'Ombi la malipo liko kwenye simu yako: lithibitishe hapo, au likatae hapo kisha ulipe kiasi kingine.',
    rw: 'Ubusabe bwo kwishyura buri kuri telefone: bwemeze aho, cyangwa ubwange maze wishyure andi mafaranga.',
  },
  paidAlready: {
    en: '{amount} for {vehicle} ({reference}) was paid just now, and is not asked for twice. To pay as much again, wait 2 minutes.',
    lg: '{amount} eza {vehicle} ({reference}) zisasuddwa kati, tetuzisaba mirundi ebiri. Okusasula ezo nate, linda eddakiika 2.',
    sw: '{amount} ya {vehicle} ({reference}) imelipwa sasa hivi, haiombwi mara mbili. Kulipa tena hizo, subiri dakika 2.',
    rw: '{amount} ya {vehicle} ({reference}) amaze kwishyurwa, ntasabwa kabiri. Kongera kwishyura ayo, tegereza iminota 2.',
  },
  paused: {
    en: 'Nothing is collected before {until}. Every instalment moves by as many days.',
    lg: 'Tewali kisasulwa nga {until} terunnatuuka. Buli kibanja kyongezebwayo ennaku ezo.',
    sw: 'Hakuna malipo kabla ya {until}. Kila awamu inasogezwa siku hizo.',
    rw: 'Nta bwishyu mbere ya {until}. Buri gice cyimurwa iyo minsi.',
  },
  promised: {
    en: 'Thank you. We expect {amount} on {on} and do not ask before.',
    lg: "Weebale. Tusuubira {amount} nga {on}, era tetukubanja ng'olunaku terunnatuuka.",
    sw: 'Asante. Tunatarajia {amount} tarehe {on}; hatutakudai kabla.',
    rw: 'Murakoze. Dutegereje {amount} ku wa {on}; ntituzakwishyuza mbere.',
  },
  asked: {
    en: 'An agent has your message, and answers by text or calls you.',
    lg: 'Omukozi waffe afunye obubaka bwo, ajja kukuddamu mu bubaka oba akukubire.',
    sw: 'Wakala amepata ujumbe wako, na atakujibu kwa ujumbe au atakupigia.',
    rw: 'Umukozi wacu yabonye ubutumwa bwawe, aragusubiza mu butumwa cyangwa araguhamagara.',
  },
  askedWithCode: {
    en: 'An agent has your message, without its code, which is void now. Never send a code to anybody, nor to us.',
    lg: 'Omukozi afunye obubaka bwo awatali koodi, era tekyakola. Toweereza muntu koodi, newankubadde ffe.',
    sw: 'Wakala amepata ujumbe wako bila nambari ya siri, ambayo haifanyi kazi tena. Usimtumie mtu, hata sisi.',
    rw: 'Umukozi yabonye ubutumwa bwawe butarimo kode, itagikora. Ntukohereze umuntu kode, natwe turimo.',
  },
  theftReported: {
    en: 'We know of the theft. Tell the police too. An agent will call you.',
    lg: 'Tutegedde obubbi. Tegeeza ne poliisi. Omukozi waffe ajja kukukubira.',
    sw: 'Tumejua kuhusu wizi. Ripoti polisi pia. Wakala atakupigia.',
    rw: 'Twamenye ubujura. Menyesha na polisi. Umukozi wacu araguhamagara.',
  },
  restarts: {
    en: 'The vehicle may move for 48 hours. Please pay in that time.',
    lg: 'Ekidduka kisobola okutambula essaawa 48. Sasula mu kiseera ekyo.',
    sw: 'Chombo kinaweza kutembea kwa saa 48. Lipa katika muda huo.',
    rw: 'Ikinyabiziga gishobora kugenda amasaha 48. Ishyura muri icyo gihe.',
  },
  restartUsed: {
    en: 'It was started so before, or nothing stops it. An agent can help you.',
    lg: 'Kyatambuzibwa dda bwe kityo, oba tewali kikiyimirizza. Omukozi asobola okuyamba.',
    sw: 'Kiliwashwa hivyo tayari, au hakijazimwa. Wakala anaweza kusaidia.',
    rw: 'Cyigeze kwatswa gityo, cyangwa nta gihagaritse. Umukozi yagufasha.',
  },
  restartCode: { en: '{text}', lg: '{text}', sw: '{text}', rw: '{text}' },
  noVehicles: {
    en: 'There is no such vehicle now. Try again later.',
    lg: "Ekidduka ng'ekyo tekiriiwo kati. Ddamu luvannyuma.",
    sw: 'Hakuna chombo cha aina hiyo sasa. Jaribu baadaye.',
    rw: "Nta kinyabiziga nk'icyo gihari ubu. Ongera nyuma.",
  },
  underWay: {
    en: 'It takes a moment. We text you the result.',
    lg: 'Kitwala akaseera. Tujja kukuweereza ebivuddemu.',
    sw: 'Inachukua muda. Tutakutumia matokeo.',
    rw: 'Birafata akanya. Turakwandikira igisubizo.',
  },
  pinLocked: {
    en: 'Too many wrong PINs. The PIN is locked for a day; an agent can help.',
    lg: 'PIN enkyamu mirundi mingi. Esibiddwa okumala olunaku; omukozi asobola okuyamba.',
    sw: 'PIN imekosewa mara nyingi. Imefungwa siku moja; wakala anaweza kusaidia.',
    rw: 'PIN yanditswe nabi kenshi. Ifunze umunsi umwe; umukozi yagufasha.',
  },
  notNow: {
    en: 'That is not possible now. An agent can help you.',
    lg: 'Ekyo tekisoboka kati. Omukozi waffe asobola okukuyamba.',
    sw: 'Hilo haliwezekani sasa. Wakala anaweza kukusaidia.',
    rw: 'Ibyo ntibishoboka ubu. Umukozi wacu yagufasha.',
  },
  noDaysOff: {
    en: 'Days off are not possible now: too many, or something is late. An agent can help you.',
    lg: 'Okuwummula tekusoboka kati: ennaku nnyingi, oba waliwo ebbanja. Omukozi asobola okuyamba.',
    sw: 'Mapumziko hayawezekani sasa: siku ni nyingi, au una deni. Wakala anaweza kusaidia.',
    rw: 'Ikiruhuko ntigishoboka ubu: iminsi ni myinshi, cyangwa ufite umwenda. Umukozi yagufasha.',
  },
  noPromise: {
    en: 'The promise is not taken: there is one, it is too small or more than is due by then, or some were broken. An agent can help you.',
    lg: 'Okusuubiza tekukkiriziddwa: waliwo okulala, kutono oba kusinga ekibanjibwa, oba okumu tekwatuukirira. Omukozi asobola okuyamba.',
    sw: 'Ahadi haikubaliwi: ipo nyingine, ni ndogo au inazidi deni la siku hiyo, au zilivunjwa. Wakala anaweza kusaidia.',
    rw: 'Isezerano ntiryemewe: hari irindi, ni rito cyangwa rirenze ibigomba kwishyurwa, cyangwa hari ayishwe. Umukozi yagufasha.',
  },
  vehicleGone: {
    en: 'Somebody else has taken that vehicle. Please choose another.',
    lg: 'Ekidduka ekyo kitwaliddwa omulala. Londa ekirala.',
    sw: 'Chombo hicho kimechukuliwa na mwingine. Chagua kingine.',
    rw: "Icyo kinyabiziga cyafashwe n'undi. Hitamo ikindi.",
  },
  heldBefore: {
    en: 'You have held this vehicle and let it go twice. Choose another, or wait a week.',
    lg: "Ekidduka kino wakikwata emirundi ebiri n'okireka. Londa ekirala, oba linda wiiki emu.",
    sw: 'Umeshikilia chombo hiki mara mbili na kukiacha. Chagua kingine, au subiri wiki moja.',
    rw: 'Iki kinyabiziga wagifashe kabiri urakireka. Hitamo ikindi, cyangwa utegereze icyumweru.',
  },
  paymentsUnderWay: {
    en: 'Another payment is under way. Please wait for it, then try again.',
    lg: 'Waliwo okusasula okulala okugenda mu maaso. Linda, oddemu.',
    sw: 'Malipo mengine yanaendelea. Subiri, kisha jaribu tena.',
    rw: 'Hari ubundi bwishyu burimo gukorwa. Tegereza, wongere.',
  },
  tryAgain: {
    en: 'It did not work. Please try again in a minute.',
    lg: 'Tekikoze. Ddamu mu ddakiika emu.',
    sw: 'Haikufaulu. Jaribu tena baada ya dakika moja.',
    rw: 'Ntibyakunze. Ongera mu munota umwe.',
  },
  otherCountry: {
    en: 'This number is of a country where we are not yet.',
    lg: 'Ennamba eno ya nsi gye tutannatuukamu.',
    sw: 'Namba hii ni ya nchi ambayo bado hatupo.',
    rw: 'Iyi nimero ni iyo mu gihugu tutarageramo.',
  },
  closed: {
    en: 'This account is closed. Please talk to an agent.',
    lg: "Akawunti eno yaggalwa. Yogera n'omukozi waffe.",
    sw: 'Akaunti hii imefungwa. Zungumza na wakala.',
    rw: "Iyi konti yarafunzwe. Vugana n'umukozi wacu.",
  },
} as const satisfies Readonly<Record<string, Phrase>>;
export type UssdSaying = keyof typeof sayings;
