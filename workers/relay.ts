import { connectDatabase } from '#db/client';
import { brokerUrl } from '#platform/broker-url';
import { runProcess } from '#platform/lifecycle';
import { createMetrics, showMetrics } from '#platform/metrics/serve';
import { startRelay } from './events/relay.ts';

/** The relay process: what the outbox holds, MQTT hears. */
runProcess('relay', async (config, log, life) => {
  const database = connectDatabase(config.DATABASE_URL, { pool: 4, name: 'relay' });
  const { MQTT_URL = `mqtt://127.0.0.1:${config.MQTT_PORT}`, MQTT_PLATFORM_PASSWORD } = config;
  const relay = await startRelay({ database, broker: brokerUrl(MQTT_URL, MQTT_PLATFORM_PASSWORD), log });
  const figures = await showMetrics(createMetrics('relay'), config, log, life);
  return {
    async stop() {
      await relay.stop();
      await figures?.stop();
      await database.close();
    },
  };
});
