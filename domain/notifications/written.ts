import { inGsm } from '../gsm.ts';
import { languages, type Language } from '../languages.ts';
import { writtenIn, type Channel } from './channels.ts';
import type { Message } from './messages.ts';
import { isCode, said, type Said } from './sayings.ts';
import { titles } from './titles.ts';

/** What is told, in facts. */
export type Notice = Message | Said;

/** A notification as one channel carries it: an SMS has its text alone, an e-mail a subject, the others a title. */
export interface Written {
  /** What it is written in: English where nobody has put it into the wanted language. */
  readonly language: Language;
  readonly title: string | null;
  readonly body: string;
}

export const isSaid = (notice: Notice): notice is Said =>
  notice.template === 'digest' ||
  notice.template === 'pin_reset' ||
  notice.template === 'code_hidden' ||
  notice.template === 'mail_changed' ||
  isCode(notice.template);

const signatures: Readonly<Record<Language, string>> = {
  en: 'You get this since you have a lease with us, or asked us something. The app has all of it.',
  sw: 'Unapata ujumbe huu kwa sababu una mkataba nasi, au ulituuliza jambo. Yote yako kwenye programu.',
  lg: 'Ofuna obubaka buno kubanga olina endagaano naffe, oba watubuuza. Byonna biri mu app.',
  rw: 'Mubonye ubu butumwa kuko mufitanye natwe amasezerano, cyangwa mwatubajije. Byose biri muri porogaramu.',
  fr: 'You get this since you have a lease with us, or asked us something. The app has all of it.',
};

/** Writes a notification in a language for a channel. What a text says is one for all channels. */
export function written(notice: Notice, wanted: string, channel: Channel): Written {
  const known = languages.find((one) => one === wanted) ?? 'en';
  const { text, language } = isSaid(notice) ? said(notice, known) : writtenIn(known, notice);
  if (channel === 'sms') return { language, title: null, body: inGsm(text) };
  const title = titles[notice.template][language] ?? titles[notice.template].en;
  if (channel !== 'email') return { language, title, body: text };
  const lines = notice.template === 'digest' ? notice.lines.map((line) => `\n\n${line}`).join('') : '';
  return { language, title, body: `${text}${lines}\n\n${signatures[language]}\n` };
}
