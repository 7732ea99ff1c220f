import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create as openFont } from 'fontkit';

/** What WinAnsi has beyond Latin-1: the encoding of the fonts that every PDF reader brings. */
const beyondLatin = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ');
const isCommon = (character: string) => /[\u0020-\u007e\u00a0-\u00ff]/.test(character) || beyondLatin.has(character);

const { resolve } = createRequire(import.meta.url);
/** As wide as Helvetica, with the letters of every language here; what is used of it goes into the paper. */
const ownFace = (name: string) => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

let letters: ReadonlySet<number> | undefined;
/** Letters of our own face: those of the bold one are the same. */
function ownLetters(): ReadonlySet<number> {
  if (letters !== undefined) return letters;
  const font = openFont(readFileSync(ownFace('DejaVuSansCondensed')));
  if (!('characterSet' in font)) throw new TypeError('a collection of fonts where one is wanted');
  return (letters = new Set(font.characterSet));
}

interface Lettering {
  /** As it is printed. */
  readonly text: string;
  /** A font that every reader brings, or the file of ours: what pdfkit takes for a font. */
  readonly face: string;
}

/**
 * A text, and the face that has its letters. The fonts that every PDF reader brings have those of western Europe;
 * Kikuyu's ũ and Luganda's ŋ are in ours. A letter that neither has loses its marks, and what is left is `?`.
 */
export function letteringOf(text: string, bold = false): Lettering {
  const whole = text.normalize('NFC');
  const characters = Array.from(whole);
  if (characters.every(isCommon)) return { text: whole, face: bold ? 'Helvetica-Bold' : 'Helvetica' };
  const has = (character: string) => ownLetters().has(character.codePointAt(0) ?? 0);
  const printed = characters.map((character) => {
    if (has(character)) return character;
    const bare = Array.from(character.normalize('NFKD').replaceAll(/\p{Mark}/gu, ''));
    return bare.length > 0 && bare.every(has) ? bare.join('') : '?';
  });
  return { text: printed.join(''), face: ownFace(bold ? 'DejaVuSansCondensed-Bold' : 'DejaVuSansCondensed') };
}
