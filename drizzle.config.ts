import { defineConfig } from 'drizzle-kit';
import { PgSchema } from 'drizzle-orm/pg-core';
import * as tables from './db/schema/index.ts';

export default defineConfig({
  dialect: 'postgresql',
  schema: './db/schema/index.ts',
  out: './db/migrations',
  schemaFilter: Object.values(tables).flatMap((one) => (one instanceof PgSchema ? [one.schemaName] : [])),
});
