import { z } from '@hono/zod-openapi';
import type { PositionRow } from '#db/queries/telematics';
import { linesOf, simplify } from '#domain/telematics/track';
import { uuid } from '../schemas.ts';

export const trackFormats = ['json', 'geojson', 'gpx'] as const;
export type TrackFormat = (typeof trackFormats)[number];
export const mediaTypes = {
  json: 'application/json',
  geojson: 'application/geo+json',
  gpx: 'application/gpx+xml',
} as const satisfies Record<TrackFormat, string>;

/** Longitude and latitude. */
const coordinates = z.array(z.number()).length(2);
const perCoordinate = z.object({
  times: z.array(z.iso.datetime()),
  speedsKph: z.array(z.number().nullable()),
});
/** RFC 7946; a time and a speed for each of the coordinates, as `coordinateProperties` are usually written. */
const geoJson = z.object({
  type: z.literal('FeatureCollection'),
  features: z.array(
    z.object({
      type: z.literal('Feature'),
      geometry: z.union([
        z.object({ type: z.literal('LineString'), coordinates: z.array(coordinates).min(2) }),
        z.object({ type: z.literal('Point'), coordinates }),
      ]),
      properties: z.object({ vehicleId: uuid, coordinateProperties: perCoordinate }),
    }),
  ),
});

/** The two files as a route's answer says them. */
export const trackFiles = {
  [mediaTypes.geojson]: { schema: geoJson },
  [mediaTypes.gpx]: { schema: z.string().openapi({ format: 'binary' }) },
};

type Pages = AsyncIterable<readonly PositionRow[]>;
interface Line {
  /** In order of time. */
  readonly fixes: readonly PositionRow[];
  /** It begins with the last fix of the line before. */
  readonly continues: boolean;
}

/**
 * A vehicle's way as a file that is written while it is read, a page at a time: its size is not bounded, what is held
 * of it is. What was not believed (`suspect`) is not in it.
 *
 * @param metres how far what is left out may lie from the line; 0 leaves out nothing
 */
export function trackFile(
  format: Exclude<TrackFormat, 'json'>,
  vehicleId: string,
  pages: Pages,
  metres: number,
): ReadableStream<Uint8Array> {
  const lines = linesIn(pages, metres);
  const text = format === 'gpx' ? gpx(vehicleId, lines) : geoJsonText(vehicleId, lines);
  return ReadableStream.from(text).pipeThrough(new TextEncoderStream());
}

async function* linesIn(pages: Pages, metres: number): AsyncGenerator<Line> {
  let last: PositionRow | undefined;
  for await (const rows of pages) {
    const before = last;
    const believed = rows.filter(({ suspect }) => !suspect);
    for (const line of linesOf(before === undefined ? believed : [before, ...believed])) {
      const continues = before !== undefined && line[0] === before;
      if (continues && line.length === 1) continue;
      yield { fixes: metres > 0 ? simplify(line, metres) : line, continues };
    }
    last = believed.at(-1) ?? last;
  }
}

/** A line of one fix is a point; one that continues another begins where that ended. */
async function* geoJsonText(vehicleId: string, lines: AsyncIterable<Line>): AsyncGenerator<string> {
  let between = '{"type":"FeatureCollection","features":[\n';
  for await (const { fixes } of lines) {
    const places = fixes.map(({ lat, lon }) => [lon, lat]);
    const geometry =
      places.length > 1 ? { type: 'LineString', coordinates: places } : { type: 'Point', coordinates: places[0] };
    const coordinateProperties = {
      times: fixes.map(({ ts }) => ts.toISOString()),
      speedsKph: fixes.map(({ speedKph }) => speedKph),
    };
    const feature = { type: 'Feature', geometry, properties: { vehicleId, coordinateProperties } };
    yield `${between}${JSON.stringify(feature)}`;
    between = ',\n';
  }
  yield between.startsWith('{') ? `${between}]}\n` : '\n]}\n';
}

/** GPX 1.1: a segment for each unbroken line. What is in it are numbers, times and an id: nothing to escape. */
async function* gpx(vehicleId: string, lines: AsyncIterable<Line>): AsyncGenerator<string> {
  const head = '<gpx version="1.1" creator="rent-to-own" xmlns="http://www.topografix.com/GPX/1/1">';
  yield `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n<trk><name>${vehicleId}</name>\n`;
  let open = false;
  for await (const { fixes, continues } of lines) {
    if (open && !continues) yield '</trkseg>\n';
    if (!continues) yield '<trkseg>\n';
    open = true;
    yield (continues ? fixes.slice(1) : fixes).map(trackPoint).join('');
  }
  yield `${open ? '</trkseg>\n' : ''}</trk>\n</gpx>\n`;
}

/** Degrees in decimals, which is what the schema takes: seven are a centimetre. */
function trackPoint({ lat, lon, altitude, ts }: PositionRow): string {
  const elevation = altitude === null ? '' : `<ele>${altitude.toFixed(1)}</ele>`;
  return `<trkpt lat="${lat.toFixed(7)}" lon="${lon.toFixed(7)}">${elevation}<time>${ts.toISOString()}</time></trkpt>\n`;
}
