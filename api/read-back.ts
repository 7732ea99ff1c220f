import { wrongInput, type FieldError } from '#domain/errors';

/** True for what an answer shows and a request repeats: both as JSON. */
const isSame = (said: unknown, shown: unknown) => JSON.stringify(said) === JSON.stringify(shown);

/**
 * A request that is made from what was read: fields that are only read are left out where they come back as they
 * are.
 *
 * @param shown the object as the caller sees it now, undefined where there is none of its id; null where the request names
 * none: there is nothing then to come back to
 * @throws Problem invalid_input naming each that has changed.
 */
export function readBack<Body extends object, Name extends keyof Body & string>(
  body: Body,
  shown: Readonly<Record<string, unknown>> | null | undefined,
  readOnly: readonly Name[],
): Omit<Body, Name> {
  const left: Partial<Body> = { ...body };
  const errors: FieldError[] = [];
  for (const name of readOnly) {
    if (shown !== null && body[name] !== undefined && !isSame(body[name], shown?.[name]))
      errors.push({ path: name, message: 'is only read: it must come back as it is, or not at all' });
    delete left[name];
  }
  if (errors.length > 0) throw wrongInput(errors);
  return left as Omit<Body, Name>;
}

interface Said {
  readonly lat: number;
  readonly lon: number;
  readonly place?: string | null | undefined;
  readonly at?: string | Date | null | undefined;
}

/**
 * Where a vehicle stands for sale, as a request says it. Where its tracker saw it, at `at`, is only read.
 *
 * @returns undefined for nothing to write.
 * @throws Problem invalid_input naming `location.at`.
 */
export function placeOf(said: Said | null | undefined, shown: Said | null | undefined) {
  if (said === null || said === undefined) return said;
  const { lat, lon, place = null, at = null } = said;
  if (at === null) return { lat, lon, place };
  if (isSame({ lat, lon, place, at }, shown === null || shown === undefined ? null : inOrder(shown))) return undefined;
  throw wrongInput([
    { path: 'location.at', message: 'says when its tracker saw it: leave it out to say where it stands for sale' },
  ]);
}

const inOrder = ({ lat, lon, place = null, at = null }: Said) => ({ lat, lon, place, at });
