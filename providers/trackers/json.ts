import { isTooDeep } from '#domain/text';

/** An object as JSON has it. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number in another unit; what is no number stays as it is, to be named where it cannot be read. */
export const times = (value: unknown, factor: number): unknown => (typeof value === 'number' ? value * factor : value);

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
/** The last of the bytes, NUL among them, that may follow a message and say nothing. */
const SPACE = 0x20;

/** As `parse`, of at most so many bytes; a word where it cannot be read. */
export const parseWithin = (payload: Buffer, bytes: number): { readonly value: unknown } | 'too_large' | 'not_json' =>
  payload.length > bytes ? 'too_large' : (parse(payload) ?? 'not_json');

/** JSON that is not nested too deeply, also between the byte-order mark and the NULs that some firmware puts around it. */
export function parse(payload: Buffer): { readonly value: unknown } | undefined {
  const start = payload.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  let end = payload.length;
  while (end > start && (payload[end - 1] ?? 0) <= SPACE) end -= 1;
  const json = payload.toString('utf8', start, end);
  if (isTooDeep(json)) return undefined;
  try {
    return { value: JSON.parse(json) };
  } catch {
    return undefined;
  }
}
