import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, branches, outbox, vehicles } from '#db/schema/index';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { plateOf } from '#test/plates';

let world: ApiWorld;
let agent: Person;
beforeAll(async () => {
  world = await createApiWorld();
  agent = await world.staff('agent');
});
afterAll(() => world.close());

interface Report {
  lines: number;
  created: number;
  changed: number;
  unchanged: number;
  errors: { line?: number; field?: string; path?: string; message: string }[];
}

const header =
  'market,type,make,model,year,price,currency,registration,vin,odometerKm,speedLimitKph,lat,lon,place,features,branch';
const line = (
  i: number,
  more: { make?: string; price?: number | string; registration?: string; vin?: string; branch?: string } = {},
) => {
  const { make = 'Bajaj', price = 5_000_000, registration = plateOf(i), vin = `FRAME${i}`, branch = '' } = more;
  return `UG,motorcycle,${make},Boxer,2024,${price},UGX,${registration},${vin},12,,-0.31,32.58,"Kampala, Ntinda",top box;electric,${branch}`;
};
/** What has no commas in its fields, with something else between them. */
const divided = (rows: readonly string[], by: string) =>
  rows
    .map((row) => row.replace('"Kampala, Ntinda"', 'Kampala').replace('top box;electric', 'ABS').replaceAll(',', by))
    .join('\r\n');
let serial = 0;
const fileOf = (...lines: string[]) => `\uFEFF${[header, ...lines].join('\r\n')}\r\n`;

async function take(
  text: string | Uint8Array<ArrayBuffer>,
  dryRun?: 'true',
): Promise<{ status: number; body: Report }> {
  const form = new FormData();
  form.set('file', new Blob([text], { type: 'text/csv' }), 'vehicles.csv');
  if (dryRun !== undefined) form.set('dryRun', dryRun);
  const headers = { authorization: `Bearer ${agent.token}` };
  const answer = await fetch(`${world.url}/v1/vehicles/import`, { method: 'POST', headers, body: form });
  return { status: answer.status, body: (await answer.json()) as Report };
}
const there = async () => {
  const { db } = world.database;
  return [await db.$count(vehicles), await db.$count(outbox), await db.$count(audit)];
};

describe('a file of vehicles', () => {
  it('comes in, and the same file again changes nothing', async () => {
    const empty = await there();
    const text = fileOf(line(1), line(2), line(3, { make: '"Bajaj, Auto"' }));
    expect(await take(text, 'true')).toEqual({
      status: 200,
      body: { lines: 3, created: 3, changed: 0, unchanged: 0, errors: [] },
    });
    expect(await there()).toEqual(empty);
    expect(await take(text)).toMatchObject({ status: 200, body: { created: 3 } });
    const before = await there();
    expect(before).toEqual(empty.map((count) => count + 3));
    expect(await take(text)).toMatchObject({ status: 200, body: { created: 0, changed: 0, unchanged: 3 } });
    expect(await there()).toEqual(before);
    const dearer = fileOf(line(1, { price: 5_500_000 }), line(2), line(4));
    expect(await take(dearer)).toMatchObject({ status: 200, body: { created: 1, changed: 1, unchanged: 1 } });
    const { body } = await world.call('GET', '/v1/vehicles?maxPrice=9000000&sort=-price&limit=1');
    expect(body).toMatchObject({
      data: [
        {
          price: { amount: 5_500_000 },
          features: ['top box', 'electric'],
          location: { lat: -0.31, place: 'Kampala, Ntinda' },
        },
      ],
    });
  });

  it.each([
    [
      'rows with nothing in them',
      (rows: string[]) => [header, ...rows, ',,,,,,,,,,,,,,,', '  , ,,,,,,,,,,,,,,', ''].join('\n'),
    ],
    ['a first line that says what is between the fields', (rows: string[]) => ['sep=,', header, ...rows].join('\r\n')],
    ['semicolons, said so', (rows: string[]) => `sep=;\r\n${divided([header, ...rows], ';')}`],
    ['tabs', (rows: string[]) => divided([header, ...rows], '\t')],
    ['headings in other letters', (rows: string[]) => [header.toUpperCase().replaceAll(',', ', '), ...rows].join('\n')],
    [
      'words in other letters',
      (rows: string[]) => [header, ...rows.map((row) => row.replace('UG,motorcycle', 'ug, Motorcycle'))].join('\n'),
    ],
  ])('comes in with %s', async (_what, written) => {
    serial += 2;
    const rows = [line(300 + serial), line(301 + serial)];
    const lines = { lines: 2, created: 2, errors: [] };
    expect(await take(`\uFEFF${written(rows)}`)).toMatchObject({ status: 200, body: lines });
  });

  it('with anything wrong comes in not at all, and each line is told with its field', async () => {
    const before = await there();
    const bad = fileOf(
      line(10),
      line(11, { registration: 'XX_1' }),
      line(12, { price: '1.5' }),
      line(10),
      line(13, { vin: 'FRAME1', registration: plateOf(2) }),
      line(14, { registration: plateOf(1) }),
      line(15, { make: '' }),
      line(16).replace('2024', '2035'),
    );
    const refused = await take(bad);
    expect(refused.status).toBe(422);
    expect(refused.body.errors.map(({ path }) => path).toSorted()).toEqual(
      [
        'lines.3.registration',
        'lines.4.price',
        'lines.5.registration',
        'lines.5.vin',
        'lines.6.registration',
        'lines.7.registration',
        'lines.8.make',
        'lines.9.year',
      ].toSorted(),
    );
    const tried = await take(bad, 'true');
    expect(tried).toMatchObject({ status: 200, body: { lines: 8 } });
    expect(tried.body.errors).toContainEqual({
      line: 3,
      field: 'registration',
      message: 'must be at most 12 letters and digits',
    });
    expect(await there()).toEqual(before);
  });

  it('may have lines of vehicles that are retired, as long as they change nothing of them', async () => {
    const vin = 'FRAME60';
    await take(fileOf(line(60)));
    await world.database.db.update(vehicles).set({ status: 'retired' }).where(eq(vehicles.vin, vin));
    expect(await take(fileOf(line(60), line(61)))).toMatchObject({ status: 200, body: { created: 1, unchanged: 1 } });
    expect(await take(fileOf(line(60, { price: 6_000_000 })))).toMatchObject({ status: 422 });
  });

  it('says at which branch of its market each vehicle is, and leaves it there where it has no such column', async () => {
    const branch = (name: string, market: 'UG' | 'KE') => ({ id: uuidv7(), name, market, latitude: 0, longitude: 32 });
    const [ntinda, nairobi] = [branch('Ntinda, "Main"', 'UG'), branch('Nairobi', 'KE')];
    await world.database.db.insert(branches).values([ntinda, nairobi]);
    const at = async (i: number) => {
      const [row] = await world.database.db
        .select()
        .from(vehicles)
        .where(eq(vehicles.vin, `FRAME${i}`));
      return row?.branchId;
    };
    const named = '"Ntinda, ""Main"""';
    expect(await take(fileOf(line(70, { branch: named }), line(71)))).toMatchObject({ body: { created: 2 } });
    expect([await at(70), await at(71)]).toEqual([ntinda.id, null]);
    for (const wrong of ['Nairobi', 'Gulu'])
      expect(await take(fileOf(line(71, { branch: wrong })))).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'lines.2.branch', message: 'is no branch in UG' }] },
      });
    const without = fileOf(line(70), line(71))
      .replace(',branch', '')
      .replaceAll(/,(?=\r\n)/g, '');
    expect(await take(without)).toMatchObject({ status: 200, body: { unchanged: 2 } });
    const out = await world.call('GET', '/v1/vehicles/export', { token: agent.token });
    expect(String(out.body)).toContain(`electric,${named}\r\n`);
    expect(await take(String(out.body))).toMatchObject({ status: 200, body: { changed: 0, created: 0 } });
    expect(await take(fileOf(line(70), line(71, { branch: named })))).toMatchObject({ body: { changed: 2 } });
    expect([await at(70), await at(71)]).toEqual([null, ntinda.id]);
  });

  it('leaves what it has no column for as it is, and a vehicle that is new without it', async () => {
    const known = async (i: number) => {
      const [row] = await world.database.db
        .select()
        .from(vehicles)
        .where(eq(vehicles.vin, `FRAME${i}`));
      return row;
    };
    const optional = /^((?:[^,]*,){9}).*$/gm;
    const prices = (...lines: string[]) => [header, ...lines].join('\n').replace(optional, '$1').replaceAll(/,$/gm, '');
    expect(await take(fileOf(line(80)))).toMatchObject({ body: { created: 1 } });
    await world.database.db.update(vehicles).set({ speedLimitKph: 80 }).where(eq(vehicles.vin, 'FRAME80'));
    const before = await known(80);
    const version = (before?.version ?? 0) + 1;
    expect(await take(prices(line(80)))).toMatchObject({ status: 200, body: { unchanged: 1 } });
    const file = prices(line(80, { price: 4_800_000 }), line(81));
    expect(await take(file)).toMatchObject({ status: 200, body: { changed: 1, created: 1 } });
    expect(await known(80)).toEqual({ ...before, price: 4_800_000, version, updatedAt: expect.any(Date) });
    expect(await known(81)).toMatchObject({ odometerKm: 0, speedLimitKph: null, latitude: null, features: [] });
    const moved = 'market,type,make,model,year,price,currency,registration,vin,lat,lon\n';
    const to = (lat: string) =>
      `${moved}UG,motorcycle,Bajaj,Boxer,2024,4800000,UGX,${plateOf(80)},FRAME80,${lat},32.58\n`;
    expect(await take(to('-0.31'))).toMatchObject({ body: { unchanged: 1 } });
    expect(await take(to('0.5'))).toMatchObject({ body: { changed: 1 } });
    expect(await known(80)).toMatchObject({ latitude: 0.5, place: null, odometerKm: 12 });
    expect(await take(to(''))).toMatchObject({ status: 422, body: { errors: [{ path: 'lines.2.lat' }] } });
  });

  it('turns no odometer back', async () => {
    await take(fileOf(line(90)));
    const has = eq(vehicles.vin, 'FRAME90');
    await world.database.db.update(vehicles).set({ odometerKm: 9_000 }).where(has);
    expect(await take(fileOf(line(90)))).toMatchObject({ status: 200, body: { unchanged: 1 } });
    expect(await take(fileOf(line(90, { price: 5_100_000 })))).toMatchObject({ body: { changed: 1 } });
    expect(await take(fileOf(line(90).replace(',12,,', ',9500,,')))).toMatchObject({ body: { changed: 1 } });
    expect(await take(fileOf(line(90).replace(',12,,', ',,,')))).toMatchObject({ body: { unchanged: 1 } });
    const [row] = await world.database.db.select().from(vehicles).where(has);
    expect(row?.odometerKm).toBe(9_500);
  });

  it('that is no such table is refused by what is wrong with it', async () => {
    for (const [text, path] of [
      ['market,type\r\nUG,car\r\n', 'lines.1.make'],
      [`${header},colour\r\n`, 'lines.1.colour'],
      [`${header}\r\nUG,"car\r\n`, 'lines.3'],
      [fileOf(`${line(1)},more`), 'lines.2'],
    ] as const) {
      const { status, body } = await take(text);
      expect([status, body.errors.map((one) => one.path)], text).toEqual([422, expect.arrayContaining([path])]);
    }
  });

  it('that a spreadsheet has saved is read, or refused by the line that is not UTF-8', async () => {
    const before = await there();
    const latin = Buffer.from(fileOf(line(30), line(31, { make: 'Citro\u00ebn' })).slice(1), 'latin1');
    const refused = await take(new Uint8Array(latin));
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [{ path: 'lines.3', message: expect.stringContaining('not UTF-8') }],
    ]);
    expect(await there()).toEqual(before);
    const wide = new Uint8Array(Buffer.from(fileOf(line(30, { make: 'Citro\u00ebn' })), 'utf16le'));
    expect(await take(wide)).toMatchObject({ status: 200, body: { created: 1 } });
    // Excel where a comma is within numbers; the features are in quotes, since they have semicolons between them.
    const fields = line(31).replace('"Kampala, Ntinda"', 'Kampala').replace('top box;electric', '"top box;electric"');
    const semicolons = [header, fields].join('\r\n').replaceAll(',', ';');
    expect(await take(semicolons)).toMatchObject({ status: 200, body: { created: 1 } });
    const out = await world.call('GET', '/v1/vehicles/export?q=citro\u00ebn', { token: agent.token });
    expect(String(out.body)).toContain('Citro\u00ebn');
  });

  it('with a plate that is there already but for its blanks is none of another vehicle', async () => {
    const plate = (i: number, registration: string) => line(i, { registration });
    expect(await take(fileOf(plate(40, 'UG 32 00042')))).toMatchObject({ status: 200 });
    for (const other of ['UG3200042', 'ug 3200042', 'UG-32-00042']) {
      expect(await take(fileOf(plate(41, other)))).toMatchObject({ status: 422 });
      const body = {
        market: 'UG',
        type: 'motorcycle',
        make: 'Bajaj',
        model: 'Boxer',
        year: 2024,
        vin: 'FRAME41',
        price: { amount: 5_000_000, currency: 'UGX' },
        registration: other,
      };
      const answer = await world.call('POST', '/v1/vehicles', { token: agent.token, body });
      expect([other, answer.status, answer.body]).toMatchObject([other, 409, { errors: [{ path: 'registration' }] }]);
    }
  });

  it('goes out so that no cell is a formula, and comes in again as it was', async () => {
    await take(
      fileOf(line(20, { make: '=HYPERLINK("""")' }).replace('=HYPERLINK("""")', '"=HYPERLINK(""http://x"")"')),
    );
    const out = await world.call('GET', '/v1/vehicles/export', { token: agent.token });
    expect(out.headers.get('content-type')).toContain('text/csv');
    const text = String(out.body);
    expect(text.split('\r\n')[0]).toBe(header);
    expect(text).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(text).toContain(',-0.31,32.58,');
    const lines = text.trim().split('\r\n').length - 1;
    expect(await take(text)).toMatchObject({ status: 200, body: { lines, unchanged: lines, created: 0, changed: 0 } });
    const one = await world.call('GET', '/v1/vehicles/export?q=hyperlink', { token: agent.token });
    expect(String(one.body).trim().split('\r\n')).toHaveLength(2);
  });

  it('of many lines is taken in within reason', async () => {
    const count = Number(process.env['IMPORT_LINES'] ?? 700);
    const text = fileOf(...Array.from({ length: count }, (_, i) => line(1_000 + i)));
    const began = performance.now();
    expect(await take(text)).toMatchObject({ status: 200, body: { created: count } });
    expect(await take(text)).toMatchObject({ status: 200, body: { unchanged: count } });
    process.stdout.write(`${count} lines, twice: ${Math.round(performance.now() - began)} ms\n`);
  }, 120_000);
});
