import { randomUUID } from 'node:crypto';
import type { DatabaseConnection } from '#db/client';
import type { Config } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import type { FleetLease } from '#test/fleet';

/** What a lease has in the books right after its handover; its events have been told long ago. */
const tables = [
  ['identity.users', 'id = $customer'],
  ['vehicles.vehicles', 'id = $vehicle'],
  ['payments.methods', 'id = $method'],
  ['leases.leases', 'id = $lease'],
  ['leases.schedule_lines', 'lease_id = $lease'],
  ['ledger.transfers', 'lease_id = $lease'],
  ['ledger.entries', 'transfer_id in (select id from ledger.transfers where lease_id = $lease)'],
  ['events.audit', 'lease_id = $lease'],
] as const;

/** What differs from one lease to the next, wherever it stands in a row. */
interface Names {
  readonly lease: string;
  readonly customer: string;
  readonly vehicle: string;
  readonly method: string;
  readonly transfer: string;
  readonly reference: string;
  readonly phoneHash: string;
  readonly phone: string;
}

/**
 * Copies a lease in the books, once for each phone, set by set: what a fleet is filled with by the hundred thousand, where
 * handing over each by its use case would take longer than what is measured.
 *
 * @param name begins the references of the copies
 */
export async function copyLease(
  { sql, config }: { readonly sql: DatabaseConnection['sql']; readonly config: Config },
  original: FleetLease,
  phones: readonly string[],
  name: string,
): Promise<FleetLease[]> {
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const { application, reference } = original.state;
  const [kept] = await sql<{ hash: string; phone: string; transfer: string }[]>`
    select m.phone_hash as hash, m.phone_encrypted as phone, t.id as transfer
    from payments.methods m, ledger.transfers t where m.id = ${application.paymentMethodId} and t.lease_id = ${application.leaseId}`;
  if (kept === undefined) throw new Error('the lease that is to be copied is not in the books');
  const from: Names = {
    lease: application.leaseId,
    customer: application.customerId,
    vehicle: application.vehicleId,
    method: application.paymentMethodId,
    transfer: kept.transfer,
    reference,
    phoneHash: kept.hash,
    phone: kept.phone,
  };
  const copies = phones.map((phone, i) => ({
    lease: randomUUID(),
    customer: randomUUID(),
    vehicle: randomUUID(),
    method: randomUUID(),
    transfer: randomUUID(),
    reference: `${name}${String(i).padStart(5, '0')}`,
    phoneHash: encryption.hash('phone', phone),
    phone: encryption.encrypt(phone),
  }));
  await sql.begin(async (tx) => {
    // The customer's own row has the phone encrypted once more.
    const [user] = await tx<
      { phone: string }[]
    >`select phone_encrypted as phone from identity.users where id = ${from.customer}`;
    await tx`create temp table copied on commit drop as
      select * from jsonb_to_recordset(${tx.json(copies)}) as c(
        lease text, customer text, vehicle text, method text, transfer text, reference text, "phoneHash" text, phone text)`;
    for (const [table, which] of tables) await copyRows(tx, { table, which, from, userPhone: user?.phone ?? '' });
  });
  return phones.map((phone, i) => ({ ...original, phone, state: renamed(original, from, copies[i] ?? from) }));
}

type Tx = Parameters<Parameters<DatabaseConnection['sql']['begin']>[1]>[0];

interface Rows {
  readonly table: string;
  readonly which: string;
  readonly from: Names;
  readonly userPhone: string;
}

async function copyRows(tx: Tx, { table, which, from, userPhone }: Rows): Promise<void> {
  const [schema = '', name = ''] = table.split('.');
  const columns = await tx<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_schema = ${schema} and table_name = ${name} and is_identity = 'NO' and is_generated = 'NEVER'`;
  const list = columns.map((column) => `"${column.name}"`);
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const renamedText = (Object.keys(from) as (keyof Names)[]).reduce(
    (text, key) => `replace(${text}, ${quoted(from[key])}, copied."${key}")`,
    `replace(to_jsonb(source)::text, ${quoted(userPhone)}, copied.phone)`,
  );
  const where = which.replaceAll(/\$(\w+)/g, (_, key: keyof Names) => quoted(from[key]));
  // An entry of the audit has an id of its own, which nothing else names.
  const id = `md5(copied.lease || source.id::text)::uuid`;
  const own = name === 'audit' ? ` || jsonb_build_object('id', ${id}, 'key', ${id})` : '';
  await tx.unsafe(`
    insert into ${table} (${list.join(', ')})
    select ${list.map((column) => `made.${column}`).join(', ')}
    from copied cross join (select * from ${table} where ${where}) source
    cross join lateral jsonb_populate_record(null::${table}, ${renamedText}::jsonb${own}) made`);
}

/** The state of the copy's workflow. */
function renamed({ state }: FleetLease, from: Names, to: Names): FleetLease['state'] {
  let text = JSON.stringify(state);
  for (const key of ['lease', 'customer', 'vehicle', 'method', 'reference'] as const)
    text = text.replaceAll(from[key], to[key]);
  return JSON.parse(text) as FleetLease['state'];
}
