import { FRESH } from './immobilisation/gates.ts';

interface Heard {
  readonly fix: { readonly ts: number };
  readonly receivedAt: number;
  readonly atReceipt?: boolean;
  readonly behindMs?: number;
}

/** What came at one moment, by how much the newest of it is behind; in milliseconds. */
interface Late {
  readonly receivedAt: number;
  readonly behindMs: number;
}

/**
 * How late messages are that came too late for anybody to be stopped by them, once for all that came at one moment: a backlog is as late
 * as the newest of it. What says no time of its own says nothing of its clock.
 */
export function latenessOf(heard: readonly Heard[]): Late[] {
  if (heard.every((one) => (lateBy(one) ?? 0) < FRESH)) return [];
  const least = new Map<number, number>();
  for (const one of heard) {
    const [late, { receivedAt }] = [lateBy(one), one];
    if (late !== undefined) least.set(receivedAt, Math.min(late, least.get(receivedAt) ?? late));
  }
  return [...least].flatMap(([receivedAt, behindMs]) => (behindMs >= FRESH ? [{ receivedAt, behindMs }] : []));
}

const lateBy = ({ fix, receivedAt, atReceipt, behindMs }: Heard): number | undefined =>
  atReceipt === true ? behindMs : receivedAt - fix.ts;
