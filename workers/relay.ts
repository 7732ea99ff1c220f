import { connectDatabase } from '#db/client';
import { brokerUrl, namedBroker } from '#platform/broker-url';
import { runProcess } from '#platform/lifecycle';
import { createMetrics, showMetrics } from '#platform/metrics/serve';
import { startRelay } from './events/relay.ts';

/** The relay process: what the outbox holds, MQTT hears. */
runProcess('relay', async (config, log, life) => {
  const broker =
    namedBroker(config) ?? brokerUrl(`mqtt://127.0.0.1:${config.MQTT_PORT}`, config.MQTT_PLATFORM_PASSWORD);
  const database = connectDatabase(config.DATABASE_URL, { pool: 4, name: 'relay' });
  const relay = await startRelay({ database, broker, log });
  const figures = await showMetrics(createMetrics('relay'), config, log, life);
  return {
    async stop() {
      await relay.stop();
      await figures?.stop();
      await database.close();
    },
  };
});
