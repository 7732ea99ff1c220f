import { languages, type Language } from '../languages.ts';
import { channels, type Channel } from './channels.ts';
import { sendingOf } from './messages.ts';
import { samples } from './samples.ts';
import { isCode } from './sayings.ts';
import { segmentsOf } from './segments.ts';
import type { Kind } from './rules.ts';
import { kinds } from './titles.ts';
import { isSaid, written, type Notice } from './written.ts';

const code = '280257';

/** Each kind with the longest of what is ordinary; a kind that differs in words, not in values, has several. */
function samplesOf(kind: Kind): readonly Notice[] {
  if (isCode(kind)) return [{ template: kind, code }];
  switch (kind) {
    case 'pin_reset':
    case 'code_hidden':
      return [{ template: kind }];
    case 'mail_changed':
      return (['wanted', 'confirmed', 'removed'] as const).map((change) => ({
        template: kind,
        change,
        former: 'grace@example.com',
      }));
    case 'digest': {
      const line = written({ template: 'answered', category: 'other' }, 'en', 'in_app').body;
      return [{ template: kind, lines: Array.from({ length: 12 }, () => line) }];
    }
    default:
      return samples[kind];
  }
}

const isLegal = (notice: Notice): boolean =>
  isSaid(notice) ? notice.template === 'pin_reset' : sendingOf(notice).isLegal;

interface Preview {
  readonly kind: Kind;
  readonly language: Language;
  readonly channel: Channel;
  /** Of its kind: 0, 1 and so on. */
  readonly sample: number;
  readonly title: string | null;
  readonly text: string;
  /** English where nobody has put it into the language yet. */
  readonly writtenIn: Language;
  /** SMS that it takes; 0 for other channels. */
  readonly segments: number;
  readonly encoding: 'gsm7' | 'ucs2' | null;
  readonly isLegal: boolean;
}

/** What is told of each kind in each language by each channel. @param only what is asked for; all where it says nothing */
export function previews(
  only: {
    readonly kind?: Kind | undefined;
    readonly language?: Language | undefined;
    readonly channel?: Channel | undefined;
  } = {},
): Preview[] {
  const wanted = <Value>(all: readonly Value[], one: Value | undefined) => (one === undefined ? all : [one]);
  return wanted(kinds, only.kind).flatMap((kind) =>
    samplesOf(kind).flatMap((notice, sample) =>
      wanted(languages, only.language).flatMap((language) =>
        wanted(channels, only.channel).map((channel): Preview => {
          const { title, body: text, language: writtenIn } = written(notice, language, channel);
          const sms = channel === 'sms' ? segmentsOf(text) : null;
          const told = { title, text, writtenIn, segments: sms?.count ?? 0, encoding: sms?.encoding ?? null };
          return { kind, language, channel, sample, ...told, isLegal: isLegal(notice) };
        }),
      ),
    ),
  );
}
