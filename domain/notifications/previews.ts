import { languages, type Language } from '../languages.ts';
import { channels, type Channel } from './channels.ts';
import { sendingOf } from './messages.ts';
import { samples } from './samples.ts';
import { segmentsOf } from './segments.ts';
import type { Kind } from './rules.ts';
import { kinds } from './titles.ts';
import { written, type Notice } from './written.ts';

const code = '280257';

/** Each kind with the longest of what is ordinary; a kind that differs in words, not in values, has several. */
function samplesOf(kind: Kind): readonly Notice[] {
  switch (kind) {
    case 'login_code':
    case 'welcome_code':
    case 'already_registered':
    case 'pin_code':
    case 'signature_code':
      return [{ template: kind, code }];
    case 'pin_reset':
    case 'code_hidden':
      return [{ template: kind }];
    case 'digest': {
      const line = written({ template: 'answered', category: 'other' }, 'en', 'in_app').body;
      return [{ template: kind, lines: Array.from({ length: 12 }, () => line) }];
    }
    default:
      return samples[kind];
  }
}

/** Whether a sample is a legal notice. */
function isBinding(notice: Notice): boolean {
  switch (notice.template) {
    case 'login_code':
    case 'welcome_code':
    case 'already_registered':
    case 'pin_code':
    case 'signature_code':
    case 'code_hidden':
    case 'digest':
      return false;
    case 'pin_reset':
      return true;
    default:
      return sendingOf(notice).isLegal;
  }
}

interface Preview {
  readonly kind: Kind;
  readonly language: Language;
  readonly channel: Channel;
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
    samplesOf(kind)
      .slice(0, 1)
      .flatMap((notice) =>
        wanted(languages, only.language).flatMap((language) =>
          wanted(channels, only.channel).map((channel): Preview => {
            const { title, body: text, language: writtenIn } = written(notice, language, channel);
            const sms = channel === 'sms' ? segmentsOf(text) : null;
            const [segments, encoding] = [sms?.count ?? 0, sms?.encoding ?? null];
            return { kind, language, channel, title, text, writtenIn, segments, encoding, isLegal: isBinding(notice) };
          }),
        ),
      ),
  );
}
