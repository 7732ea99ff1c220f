const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(timeZone, made);
  return made;
}

/** An instant (epoch milliseconds) on the wall of a time zone. */
interface WallTime {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** `yyyyMMddHHmmss`. */
  readonly stamp: string;
}

/** What calendar and clock in `timeZone` (IANA) show at `instant` (epoch milliseconds). */
export function wallTime(instant: number, timeZone: string): WallTime {
  const parts = Object.fromEntries(
    format(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute, second } = parts;
  return { date: `${year}-${month}-${day}`, stamp: `${year}${month}${day}${hour}${minute}${second}` };
}
