import type { Language } from '../../languages.ts';
import { formatMoney, type Money } from '../../money.ts';

/** What is told of a schedule that staff have changed. */
export type ScheduleMessage =
  /** Its customer; `until`: the last local day on which he may have it undone. */
  | {
      readonly template: 'instalment_raised';
      readonly before: Money;
      readonly instalment: Money;
      readonly until: string;
      readonly reference: string;
    }
  /** Whoever answers for it; `until`: the day of the last line. */
  | {
      readonly template: 'guaranteed_schedule';
      readonly instalment: Money;
      readonly until: string;
      readonly cap: Money;
      readonly reference: string;
    };

type Of<Name extends ScheduleMessage['template']> = Extract<ScheduleMessage, { readonly template: Name }>;
type Words<Message> = Readonly<Record<Exclude<Language, 'fr'>, (message: Message) => string>> & {
  readonly isLegal: boolean;
};

export const scheduleWords: {
  readonly [Name in ScheduleMessage['template']]: Words<Of<Name>>;
} = {
  instalment_raised: {
    isLegal: true,
    en: ({ before, instalment, until, reference }) =>
      `We changed your plan (${reference}): ${formatMoney(instalment)} each time, not ${formatMoney(before)}. You do not agree? Undo it in the app by ${until}, or call us.`,
    sw: ({ before, instalment, until, reference }) =>
      `Tumebadilisha mpango wako (${reference}): ${formatMoney(instalment)} kila mara, si ${formatMoney(before)}. Hukubali? Ufute kwenye programu hadi ${until}, au tupigie.`,
    lg: ({ before, instalment, until, reference }) =>
      `Tukyusizza enteekateeka yo (${reference}): ${formatMoney(instalment)} buli mulundi, si ${formatMoney(before)}. Tokkiriza? Gisazeemu mu app okutuusa nga ${until}, oba tukubire.`,
    rw: ({ before, instalment, until, reference }) =>
      `Twahinduye gahunda yanyu (${reference}): ${formatMoney(instalment)} buri gihe, aho kuba ${formatMoney(before)}. Ntimubyemera? Muyikureho muri porogaramu kugeza ${until}, cyangwa muduhamagare.`,
  },
  guaranteed_schedule: {
    isLegal: true,
    en: ({ instalment, until, cap, reference }) =>
      `The lease that you answer for (${reference}) was changed: ${formatMoney(instalment)} each time until ${until}. You answer for ${formatMoney(cap)} at most, as before. Call us.`,
    sw: ({ instalment, until, cap, reference }) =>
      `Mkataba unaoudhamini (${reference}) umebadilika: ${formatMoney(instalment)} kila mara hadi ${until}. Udhamini wako ni ${formatMoney(cap)} tu, kama awali. Tupigie.`,
    lg: ({ instalment, until, cap, reference }) =>
      `Endagaano gye weeyimirira (${reference}) ekyusiddwa: ${formatMoney(instalment)} buli mulundi okutuusa ${until}. Weeyimirira ${formatMoney(cap)} zokka, nga bwe byali. Tukubire.`,
    rw: ({ instalment, until, cap, reference }) =>
      `Amasezerano mwishingiye (${reference}) yahinduwe: ${formatMoney(instalment)} buri gihe kugeza ${until}. Mwishingira ${formatMoney(cap)} gusa, nka mbere. Muduhamagare.`,
  },
};
