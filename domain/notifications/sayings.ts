import type { Language } from '../languages.ts';

/** Codes that log in: of somebody who asked for one, who has just registered, and who registered long ago; for another PIN; and to sign with. */
export const codeKinds = ['login_code', 'welcome_code', 'already_registered', 'pin_code', 'signature_code'] as const;
export type CodeKind = (typeof codeKinds)[number];
export const isCode = (kind: string): kind is CodeKind => codeKinds.some((one) => one === kind);

const guarding = new Set<string>(['pin_reset', 'code_hidden', 'mail_changed', 'theft_reported']);
/** Whether it is how somebody gets into his account, or hears that another does: it is told whatever is said of him. */
export const guardsAccount = (kind: string): boolean => isCode(kind) || guarding.has(kind);

/** What becomes of an e-mail address: another is wanted, another was confirmed, or he wants none. */
export type MailChange = 'wanted' | 'confirmed' | 'removed';

/** What is told of no lease and no ticket. */
export type Said =
  | { readonly template: CodeKind; readonly code: string }
  /** The PIN to sign with on a phone was taken away. */
  | { readonly template: 'pin_reset' }
  /** What he has written had a code in it: it was hidden, and is good for nothing any more. */
  | { readonly template: 'code_hidden' }
  /** It is told to the address that he had before, `former`, and nowhere else. */
  | { readonly template: 'mail_changed'; readonly change: MailChange; readonly former: string }
  /** Several notifications of a customer who wants them together; `lines` are what they say, in his language. */
  | { readonly template: 'digest'; readonly lines: readonly string[] };

type InLanguages = Readonly<Partial<Record<Language, (code: string) => string>>>;
const loginCodes: InLanguages = {
  sw: (code) => `${code} ni nambari yako ya kuingia. Inatumika kwa dakika 5. Usimwambie mtu yeyote.`,
  lg: (code) => `${code} ye koodi yo ey'okuyingira. Ekola okumala eddakiika 5. Togibuulirako muntu yenna.`,
  rw: (code) => `${code} ni kode yanyu yo kwinjira. Imara iminota 5. Ntimuyibwire uwo ari we wese.`,
};
const signatureCodes: InLanguages = {
  sw: (code) => `Kwa ${code} unasaini mkataba wako. Inatumika kwa dakika 5. Usimwambie mtu yeyote.`,
  lg: (code) => `${code} y'ogisa omukono ku ndagaano yo. Ekola okumala eddakiika 5. Togibuulirako muntu yenna.`,
  rw: (code) => `Kode ${code} musinyisha amasezerano yanyu. Imara iminota 5. Ntimuyibwire uwo ari we wese.`,
};
/** Who registers has not chosen a language yet. */
const codes: Readonly<Partial<Record<CodeKind, InLanguages>>> = {
  login_code: loginCodes,
  signature_code: signatureCodes,
};
const codesInEnglish: Readonly<Record<CodeKind, (code: string) => string>> = {
  login_code: (code) => `${code} is your login code. It is valid for 5 minutes. Never tell it to anyone.`,
  welcome_code: (code) => `Welcome! ${code} is your login code. It is valid for 5 minutes. Never tell it to anyone.`,
  already_registered: (code) => `You are registered already. ${code} is your login code. It is valid for 5 minutes.`,
  pin_code: (code) => `With ${code} you choose another PIN. It is valid for 5 minutes. Never tell it to anyone.`,
  signature_code: (code) => `With ${code} you sign your agreement. It is valid for 5 minutes. Never tell it to anyone.`,
};

const counts: Readonly<Partial<Record<Language, (count: number) => string>>> = {
  sw: (count) => `Una ujumbe ${count} kutoka kwetu. Usome kwenye programu.`,
  lg: (count) => `Olina obubaka ${count} okuva gye tuli. Busome mu app.`,
  rw: (count) => `Mufite ubutumwa ${count} bwacu. Mubusome muri porogaramu.`,
};
const countInEnglish = (count: number) =>
  count === 1
    ? 'You have a message from us. Please read it in the app.'
    : `You have ${count} messages from us. Please read them in the app.`;

const pinResets: Readonly<Partial<Record<Language, string>>> = {
  sw: 'PIN yako imefutwa. Chagua nyingine kabla ya kusaini tena. Kama si wewe, tupigie simu mara moja.',
};
const pinResetInEnglish =
  'Your PIN was taken away. Choose another before you sign again. If that was not you, call us at once.';

const codeHiddenInEnglish =
  'Never send a code to anybody, nor to us. We hid the one in your message, and it is void: ask for another where you log in.';
const codesHidden: Readonly<Partial<Record<Language, string>>> = {
  sw: 'Usimtumie mtu yeyote nambari ya kuingia, hata sisi. Tumeificha na haifanyi kazi tena: omba nyingine unapoingia.',
  lg: "Towa muntu yenna koodi yo, newankubadde ffe. Tugikwese era tekyakola: saba endala ng'oyingira.",
  rw: 'Ntukohereze kode umuntu uwo ari we wese, natwe turimo. Twayihishe kandi ntigikora: saba indi winjira.',
};

const mailChangesInEnglish: Readonly<Record<MailChange, string>> = {
  wanted:
    'Your e-mails from us are to go to another address, once that is confirmed. If that was not you, cancel it in the app or call us at once.',
  confirmed: 'Your e-mails from us go to another address from now on. If that was not you, call us at once.',
  removed: 'You get no more e-mails from us at this address. If that was not you, call us at once.',
};
const mailChanges: Readonly<Partial<Record<Language, Readonly<Record<MailChange, string>>>>> = {
  sw: {
    wanted:
      'Barua pepe zetu zitaenda kwa anwani nyingine ikishathibitishwa. Kama si wewe, ighairi kwenye programu au tupigie simu mara moja.',
    confirmed: 'Kuanzia sasa barua pepe zetu zinaenda kwa anwani nyingine. Kama si wewe, tupigie simu mara moja.',
    removed: 'Hutapata tena barua pepe zetu kwa anwani hii. Kama si wewe, tupigie simu mara moja.',
  },
};

/** A text of these, short enough for one SMS; in English where nobody has put it into the language. */
export function said(notice: Said, language: Language): { readonly text: string; readonly language: Language } {
  if (notice.template === 'pin_reset') {
    const own = pinResets[language];
    return own === undefined ? { text: pinResetInEnglish, language: 'en' } : { text: own, language };
  }
  if (notice.template === 'code_hidden') {
    const own = codesHidden[language];
    return own === undefined ? { text: codeHiddenInEnglish, language: 'en' } : { text: own, language };
  }
  if (notice.template === 'mail_changed') {
    const own = mailChanges[language]?.[notice.change];
    return own === undefined ? { text: mailChangesInEnglish[notice.change], language: 'en' } : { text: own, language };
  }
  if (notice.template !== 'digest') {
    const own = codes[notice.template]?.[language];
    return own === undefined
      ? { text: codesInEnglish[notice.template](notice.code), language: 'en' }
      : { text: own(notice.code), language };
  }
  const own = counts[language];
  const count = notice.lines.length;
  return own === undefined ? { text: countInEnglish(count), language: 'en' } : { text: own(count), language };
}
