import { Problem } from '#domain/errors';

/** @throws Problem precondition_failed where If-Match accepts other versions only. */
export function matchVersion(version: number, accepted: readonly number[] | undefined): void {
  if (accepted !== undefined && !accepted.includes(version)) throw new Problem('precondition_failed');
}
