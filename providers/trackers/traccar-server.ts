import { z } from 'zod';
import { ProviderHttp } from '../http.ts';

/** A Traccar server as commands go through it. */
export interface TraccarServer {
  /**
   * Has it write a text command to the connection of a device. It keeps none for one that is away (`noQueue`), which would be
   * carried out whenever that comes back. Its 200 says only that it was written.
   *
   * @param uniqueId of the device, which is the serial of the tracker
   * @throws Error for a device that it does not know, or does not reach now
   */
  send(uniqueId: string, text: string): Promise<void>;
}

const devices = z.array(z.looseObject({ id: z.int() }));

/** By its HTTP API (https://www.traccar.org/api-reference/), with the token of an account that may command devices. */
export function connectTraccar(config: {
  readonly TRACCAR_API_URL?: string | undefined;
  readonly TRACCAR_API_TOKEN?: string | undefined;
}): TraccarServer | null {
  const { TRACCAR_API_URL: base, TRACCAR_API_TOKEN: token } = config;
  if (base === undefined || token === undefined) return null;
  const http = new ProviderHttp({ name: 'traccar', base });
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  return {
    async send(uniqueId, text) {
      const found = await http.send(`/api/devices?uniqueId=${encodeURIComponent(uniqueId)}`, {
        method: 'GET',
        headers,
      });
      const known = devices.safeParse(found.body);
      const device = known.success ? known.data[0] : undefined;
      if (found.status !== 200 || device === undefined)
        throw new Error(`Traccar answers ${found.status} to a question for a device, and names none`);
      const body = { deviceId: device.id, type: 'custom', attributes: { data: text, noQueue: true } };
      const { status } = await http.send('/api/commands/send', { method: 'POST', headers, body });
      // 202 would be kept for later, which noQueue forbids: it is taken back by the next start.
      if (status !== 200) throw new Error(`Traccar answers ${status} to a command`);
    },
  };
}
