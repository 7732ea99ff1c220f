const DAY = 86_400_000;

/** What a phone has said of our texts. */
export interface TextsWish {
  readonly as: 'stop' | 'start';
  /** By the gateway's clock; null where it did not say. */
  readonly saidAt: Date | null;
  readonly receivedAt: Date;
}

/**
 * The one that was said last, which holds: a gateway brings again what we did not take, after what was said since.
 *
 * @returns undefined of none
 */
export function lastWishOf<W extends TextsWish>(wishes: readonly W[]): W | undefined {
  const [last] = wishes.toSorted(
    (a, b) => wishedAt(b) - wishedAt(a) || b.receivedAt.getTime() - a.receivedAt.getTime(),
  );
  return last;
}

/** A clock that is more than a zone ahead is wrong: it would hold for ever. */
function wishedAt({ saidAt, receivedAt }: TextsWish): number {
  const received = receivedAt.getTime();
  return saidAt === null || saidAt.getTime() > received + DAY ? received : saidAt.getTime();
}

/**
 * When a text was said, as gateways write it: `2026-11-30 10:30:00`, of UTC unless it names another zone.
 *
 * @returns null for what cannot be read
 */
export function saidAtIn(date: string): Date | null {
  const [, day, time, zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]?\d{2}:\d{2})?$/.exec(date.trim()) ?? [];
  // In a form an unescaped plus is a space.
  const at = new Date(`${day}T${time}${/^\d/.test(zone) ? '+' : ''}${zone}`);
  return Number.isNaN(at.getTime()) ? null : at;
}
