import { connectDatabase } from '#db/client';
import { runProcess } from '#platform/lifecycle';
import { createMetrics, showMetrics } from '#platform/metrics/serve';
import { startRelay } from './events/relay.ts';

/** The relay process: what the outbox holds, MQTT hears. */
runProcess('relay', async (config, log) => {
  const database = connectDatabase(config.DATABASE_URL, { pool: 4, name: 'relay' });
  const given = new URL(config.MQTT_URL ?? `mqtt://127.0.0.1:${config.MQTT_PORT}`);
  const username = given.username === '' ? 'platform' : decodeURIComponent(given.username);
  const password = given.password === '' ? config.MQTT_PLATFORM_PASSWORD : decodeURIComponent(given.password);
  const relay = await startRelay({
    database,
    broker: { url: `${given.protocol}//${given.host}`, username, password },
    log,
  });
  const figures = await showMetrics(createMetrics('relay'), config, log);
  return {
    async stop() {
      await relay.stop();
      await figures?.stop();
      await database.close();
    },
  };
});
