import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { eq } from 'drizzle-orm';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '#db/schema/index';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { plateOf } from '#test/plates';

let world: ApiWorld;
let agent: Person;
let serial = 0;
beforeAll(async () => {
  world = await createApiWorld();
  agent = await world.staff('agent');
});
afterAll(() => world.close());

interface Shown {
  id: string;
  photos: string[];
  photographs: { id: string; url: string; sizes: { type: string; width: number; height: number; url: string }[] }[];
}

async function add(): Promise<Shown> {
  serial += 1;
  const body = {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2024,
    market: 'UG',
    price: { amount: 5_000_000, currency: 'UGX' },
    registration: plateOf(serial),
    vin: `PICS${serial}`,
  };
  return (await world.call('POST', '/v1/vehicles', { token: agent.token, body })).body as Shown;
}
const read = async (id: string) => (await world.call('GET', `/v1/vehicles/${id}`)).body as Shown;

const blank = (width: number, height: number, colour = '#a33') =>
  sharp({ create: { width, height, channels: 3, background: colour } });
/** As a phone takes it: lying on its side, with where and by what. */
const fromPhone = () =>
  blank(1_000, 500)
    .jpeg()
    .withExif({ IFD0: { Make: 'Phone' }, IFD3: { GPSLatitude: '0/1 18/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .toBuffer();

/** A small PNG that says in its header that it is large. */
async function bombed(): Promise<Buffer> {
  const png = await blank(9, 9).png().toBuffer();
  const header = 12;
  png.writeUInt32BE(30_000, header + 4);
  png.writeUInt32BE(30_000, header + 8);
  png.writeUInt32BE(crc32(png.subarray(header, header + 17)), header + 17);
  return png;
}

async function send(vehicleId: string, bytes: Uint8Array, name = 'file') {
  const form = new FormData();
  form.set(name, new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' }), 'it.jpg');
  const answer = await fetch(`${world.url}/v1/vehicles/${vehicleId}/photos`, {
    method: 'POST',
    headers: { authorization: `Bearer ${agent.token}` },
    body: form,
  });
  return { status: answer.status, body: (await answer.json()) as Shown['photographs'][number] };
}
/** Where the test's server has what a public address names. */
const get = (url: string, headers: Record<string, string> = {}) =>
  fetch(`${world.url}${new URL(url).pathname}`, { headers });

describe('a photograph', () => {
  it('is turned upright, freed of what the camera wrote, and there in sizes that everybody may keep for ever', async () => {
    const { id } = await add();
    const sent = await fromPhone();
    const { status, body } = await send(id, sent);
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body.sizes.map(({ type, width, height }) => [type, width, height])).toEqual(
      [
        [320, 640],
        [500, 1_000],
      ].flatMap(([width, height]) => [
        ['image/webp', width, height],
        ['image/jpeg', width, height],
      ]),
    );
    const shown = await read(id);
    expect(shown).toMatchObject({ photos: [body.url], photographs: [body] });
    for (const size of body.sizes) {
      const answer = await get(size.url);
      expect(answer.headers.get('content-type')).toBe(size.type);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const { width, exif, orientation } = await sharp(bytes).metadata();
      expect({ width, exif, orientation }).toEqual({ width: size.width, exif: undefined, orientation: undefined });
      const etag = answer.headers.get('etag') ?? '';
      expect((await get(size.url, { 'if-none-match': `W/${etag}` })).status).toBe(304);
    }
    expect((await send(id, sent)).body).toEqual(body);
    expect((await read(id)).photographs).toHaveLength(1);
  });

  it('has three widths where it is wide enough, and JPEG, PNG and WebP are taken', async () => {
    const { id } = await add();
    const wide = await send(id, await blank(1_800, 200).webp().toBuffer());
    expect(new Set(wide.body.sizes.map(({ width }) => width))).toEqual(new Set([320, 800, 1_600]));
    expect((await send(id, await blank(20, 20).png().toBuffer())).body.sizes).toHaveLength(2);
  });

  it('is ordered and taken away by the addresses of its vehicle, or by its id', async () => {
    const { id } = await add();
    const other = 'https://example.com/a.jpg';
    const made = [];
    for (const colour of ['#100', '#200', '#300'])
      made.push((await send(id, await blank(40, 30, colour).jpeg().toBuffer())).body);
    const [first, second, third] = made.map(({ url }) => url);
    const patch = (photos: unknown) =>
      world.call('PATCH', `/v1/vehicles/${id}`, { token: agent.token, body: { photos } });
    expect(await patch([third, other, first])).toMatchObject({ status: 200, body: { photos: [third, other, first] } });
    expect((await get(second ?? '')).status).toBe(404);
    expect((await read(id)).photographs.map(({ url }) => url)).toEqual([third, first]);
    const remove = (photoId: string) =>
      world.call('DELETE', `/v1/vehicles/${id}/photos/${photoId}`, { token: agent.token });
    expect((await remove(made[0]?.id ?? '')).status).toBe(204);
    expect((await remove(made[0]?.id ?? '')).status).toBe(404);
    expect((await read(id)).photos).toEqual([third, other]);
    expect((await get(first ?? '')).status).toBe(404);
  });

  it('that another vehicle shows as well stays when the first lets it go', async () => {
    const [one, other] = [await add(), await add()];
    const bytes = await blank(60, 30, '#0f0').jpeg().toBuffer();
    const [mine, theirs] = [(await send(one.id, bytes)).body, (await send(other.id, bytes)).body];
    expect(theirs.url).toBe(mine.url);
    const hash = new URL(mine.url).pathname.split('/').at(-1) ?? '';
    const { db } = world.database;
    expect(await db.$count(pictures, eq(pictures.sha256, hash))).toBe(1);
    const remove = ({ id }: Shown, photoId: string) =>
      world.call('DELETE', `/v1/vehicles/${id}/photos/${photoId}`, { token: agent.token });
    await remove(one, mine.id);
    expect((await get(mine.url)).status).toBe(200);
    await remove(other, theirs.id);
    expect((await get(mine.url)).status).toBe(404);
  });

  it('may come back as it was read, and a vehicle made from another shows it too', async () => {
    const { id } = await add();
    await send(id, await blank(50, 50, '#00f').jpeg().toBuffer());
    const as = (await world.call('GET', `/v1/vehicles/${id}`, { token: agent.token })).body as Shown;
    const patch = (body: unknown) => world.call('PATCH', `/v1/vehicles/${id}`, { token: agent.token, body });
    expect(await patch(as)).toMatchObject({ status: 200, body: as });
    expect(await patch({ photographs: [] })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'photographs' }] },
    });
    const { id: _id, ...nameless } = as;
    for (const model of [as, nameless]) {
      serial += 1;
      const body = { ...model, registration: plateOf(serial), vin: `PICS${serial}` };
      const made = (await world.call('POST', '/v1/vehicles', { token: agent.token, body })).body as Shown;
      expect(made.photographs).toEqual(as.photographs);
    }
    await patch({ photos: [] });
    expect((await get(as.photos[0] ?? '')).status).toBe(200);
  });

  it('that is none, broken, too large or a bomb is refused, and leaves nothing', async () => {
    const { id } = await add();
    const before = await world.database.db.$count(pictures);
    const jpeg = await blank(400, 400).jpeg().toBuffer();
    for (const [what, bytes, status] of [
      ['text', Buffer.from('no picture'), 415],
      ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 415],
      ['GIF', await blank(9, 9).gif().toBuffer(), 415],
      ['half', jpeg.subarray(0, jpeg.length / 2), 422],
      ['a bomb', await bombed(), 422],
      ['11 MB', Buffer.alloc(11 * 1024 * 1024), 413],
    ] as const)
      expect((await send(id, bytes)).status, what).toBe(status);
    expect(await send(id, jpeg, 'picture')).toMatchObject({ status: 400 });
    expect((await send(randomUUID(), jpeg)).status).toBe(404);
    expect((await read(id)).photos).toEqual([]);
    expect(await world.database.db.$count(pictures)).toBe(before);
  });
});
