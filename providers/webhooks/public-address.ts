import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IANA's special-purpose registries, as of 2026: what is not for everybody's use, or leads to what is not. */
const special = {
  ipv4: [
    '0.0.0.0/8',
    '100.64.0.0/10',
    '169.254.0.0/16',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
    '192.175.48.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/3',
  ],
  // Of IPv6 only 2000::/3 is for everybody; 6to4, Teredo and NAT64 carry an address of IPv4 inside.
  ipv6: ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'],
} as const;
/** What a development machine or one's own network uses. */
const own = {
  ipv4: ['10.0.0.0/8', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ipv6: ['::1/128', 'fc00::/7'],
} as const;

type Nets = Readonly<Record<'ipv4' | 'ipv6', readonly string[]>>;
function listOf(nets: Nets): BlockList {
  const list = new BlockList();
  for (const family of ['ipv4', 'ipv6'] as const)
    for (const net of nets[family]) {
      const [address = '', bits] = net.split('/');
      list.addSubnet(address, Number(bits), family);
    }
  return list;
}
const specials = listOf(special);
const owns = listOf(own);
const everybodys = listOf({ ipv4: [], ipv6: ['2000::/3'] });
const mapped = listOf({ ipv4: [], ipv6: ['::ffff:0:0/96'] });

/** Whether a message may go to an address. @param allowPrivate to loopback and private networks too, never to link-local ones */
export function maySendTo(address: string, allowPrivate: boolean): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  // What is written as IPv4 in IPv6 is checked as what it is.
  if (family === 'ipv6' && mapped.check(address, 'ipv6')) return maySendTo(unmapped(address), allowPrivate);
  if (owns.check(address, family)) return allowPrivate;
  return !specials.check(address, family) && (family === 'ipv4' || everybodys.check(address, 'ipv6'));
}

function unmapped(address: string): string {
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const [high = '0', low = '0'] = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':').slice(-2);
  const [a, b] = [Number.parseInt(high, 16) || 0, Number.parseInt(low, 16) || 0];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

/** A message may not go there. */
export class NotPublic extends Error {
  override readonly name = 'NotPublic';
  readonly code = 'address_not_public';

  constructor() {
    super('the address is not public');
  }
}

/** The host of a URL where it is an address itself, without brackets; null where it is a name. */
export function literalOf(url: URL): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? null : host;
}

type Resolve = (name: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;
const byDns: Resolve = (name, done) => lookup(name, { all: true }, done);

/**
 * How a name is looked up for a connection: the connection is made to the very addresses that were checked, so that a
 * name that means something else a moment later leads nowhere else. One address that may not be reached is enough.
 */
export function checkedLookup(allowPrivate: boolean, resolve: Resolve = byDns): LookupFunction {
  return (name, options, done) => {
    resolve(name, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null) return done(error, '');
      if (first === undefined || !addresses.every(({ address }) => maySendTo(address, allowPrivate)))
        return done(new NotPublic(), '');
      if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
