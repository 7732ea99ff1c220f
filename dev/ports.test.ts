import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { checkPorts, freePorts, portVariables, readPorts } from './ports.ts';

test('the ports of docs/environment.md, each moved by its variable', () => {
  expect(readPorts({ TEMPORAL_PORT: '17233', PORT: '' })).toEqual({
    PORT: 3000,
    TEMPORAL_PORT: 17_233,
    TEMPORAL_UI_PORT: 8233,
    MQTT_PORT: 1883,
    POSTGRES_PORT: 5433,
    SIMULATOR_PORT: 4010,
    METRICS_PORT: 9464,
    CODEC_PORT: 8088,
  });
});

test.each([
  [{ PORT: 'http' }, 'PORT must be a port from 1 to 65535, not "http"'],
  [{ MQTT_PORT: '70000' }, 'MQTT_PORT must be a port from 1 to 65535, not "70000"'],
  [{ PORT: '1883' }, 'MQTT_PORT and PORT are both 1883'],
])('refuses %j', (environment, message) => {
  expect(() => readPorts(environment)).toThrow(message);
});

test.each(['127.0.0.1', '0.0.0.0'])('names a port that is taken on %s and the variable that moves it', async (host) => {
  const [taken, ...others] = await freePorts(8);
  const server = createServer().listen(taken, host);
  await new Promise((resolve) => server.once('listening', resolve));
  const names = [
    'PORT',
    'TEMPORAL_PORT',
    'TEMPORAL_UI_PORT',
    'MQTT_PORT',
    'POSTGRES_PORT',
    'SIMULATOR_PORT',
    'METRICS_PORT',
    'CODEC_PORT',
  ] as const;
  const ports = readPorts(Object.fromEntries(names.map((name, index) => [name, String([...others, taken][index])])));
  try {
    await expect(checkPorts(ports, names)).rejects.toThrow(
      `port ${taken} (${portVariables.CODEC_PORT.use}) is taken; CODEC_PORT moves it`,
    );
    await expect(checkPorts(ports, ['PORT', 'MQTT_PORT'])).resolves.toBeUndefined();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
