import { statfs } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Config } from '#platform/config';
import { inTime } from '#platform/in-time';
import type { Metrics } from '#platform/metrics/metrics';

/** Milliseconds that one server may take to show its certificate. */
const PATIENCE = 3_000;
/** Milliseconds for which a certificate that was seen is not asked for again. */
const GOOD_FOR = 600_000;

/** Shows what ends by itself one day and stops everything: room on disks, and certificates. */
export function measureHost(
  metrics: Metrics,
  { DISKS, CERTIFICATES }: Pick<Config, 'DISKS' | 'CERTIFICATES'>,
  patience = PATIENCE,
): void {
  metrics.look('disk_free_ratio', () =>
    Promise.all(
      DISKS.map(async (disk) => {
        const { bavail, blocks } = await statfs(disk);
        return { disk, value: blocks === 0 ? 1 : bavail / blocks };
      }),
    ),
  );
  const seen = new Map<string, { readonly at: number; readonly expires: number }>();
  metrics.look('certificate_expires_timestamp_seconds', async () => {
    const looks = CERTIFICATES.map(async (of) => {
      const known = seen.get(of);
      if (known !== undefined && performance.now() - known.at < GOOD_FOR) return { of, value: known.expires };
      const expires = await expiryOf(of, patience);
      seen.set(of, { at: performance.now(), expires });
      return { of, value: expires };
    });
    return Promise.all(looks);
  });
}

/**
 * The end of the certificate that a server shows, whoever has signed it, in seconds since 1970.
 *
 * @param server `host:port`
 * @throws Error when it shows none in time
 */
async function expiryOf(server: string, patience: number): Promise<number> {
  const { hostname, port } = new URL(`tls://${server}`);
  // Only its date is read: nothing is said to it.
  const named = isIP(hostname) === 0 ? { servername: hostname } : {};
  const socket = connect({ host: hostname, port: Number(port), ...named, rejectUnauthorized: false });
  const shown = new Promise<number>((resolve, reject) => {
    socket.once('secureConnect', () => resolve(Date.parse(socket.getPeerCertificate().valid_to) / 1_000));
    socket.once('error', reject);
  });
  try {
    return await inTime(shown, patience);
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}
