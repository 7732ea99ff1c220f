import { storable } from '#domain/text';
import type { TrackerAdapter } from './adapter.ts';
import { CODEC_12, dataOf, framed } from './codec8.ts';

const COMMAND = 0x05;
const ANSWER = 0x06;
/** Codec, quantity, type and the length of the text; the quantity again follows it. */
const HEAD = 7;
/** What units say of a command that they do not know, or do not carry out. */
const REFUSALS =
  /bad syntax|unknown command|not supported|disabled from cfg|arguments required|params are invalid|^error|\berror$/i;

/** The commands that set an output, and what units say of one that is set. */
const SETS_OUTPUT = /^set(?:ign)?digout /i;
const OUTPUT = /\bDOUT|set(?:ign)?digout/i;

export const isRefusal = (said: string): boolean => REFUSALS.test(said);
export const setsOutput = (command: string): boolean => SETS_OUTPUT.test(command);
export const answersOutput = (said: string): boolean => OUTPUT.test(said);

/** Where the answer to a command is taken as if it came on a topic; nobody may write there by MQTT. */
export const codec12Topic = (trackerId: string, commandId: string) => `teltonika/${trackerId}/codec12/${commandId}`;

/** A command as a unit takes it over its TCP connection (https://wiki.teltonika-gps.com, "Codec", Codec 12). */
export function commandFrame(text: string): Buffer {
  const head = Buffer.alloc(HEAD);
  head.set([CODEC_12, 1, COMMAND]);
  head.writeUInt32BE(text.length, 3);
  return framed(Buffer.concat([head, Buffer.from(text, 'latin1'), Buffer.from([1])]));
}

/** @returns what a unit answers; null for a frame that is no answer. */
export function answerIn(frame: Buffer): string | null {
  const data = dataOf(frame);
  if (data.length < HEAD || data[0] !== CODEC_12 || data[2] !== ANSWER) return null;
  return storable(data.toString('latin1', HEAD, Math.min(data.length - 1, HEAD + data.readUInt32BE(3))).trim());
}

/**
 * What a unit answers to a command. The frame does not say to which: the door knows by its words, and by the order of the commands
 * where two are alike. It has no time either, and proves nothing.
 */
export const codec12: TrackerAdapter = {
  kind: 'teltonika',
  filters: [],
  read({ topic, payload }) {
    const [root, trackerId = '', what, commandId] = topic.split('/');
    if (root !== 'teltonika' || what !== 'codec12' || commandId === undefined) return null;
    const said = answerIn(payload) ?? '';
    const refused = isRefusal(said);
    const answer = refused ? 'failed' : 'accepted';
    return [
      { kind: 'answer', unit: { trackerId }, commandId, answer, reason: refused ? said.slice(0, 200) : null, ts: null },
    ];
  },
};
