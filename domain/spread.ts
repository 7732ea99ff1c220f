/** A thing's own part of a spread, always the same. @param id a UUID whose end is random @param width milliseconds */
export const spreadOf = (id: string, width: number): number =>
  Math.floor((Number.parseInt(id.slice(-6), 16) / 0x1000000) * width);
