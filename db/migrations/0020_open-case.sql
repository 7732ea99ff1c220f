DROP INDEX "payments"."cases_key";--> statement-breakpoint
CREATE UNIQUE INDEX "cases_key" ON "payments"."cases" USING btree ("key") WHERE "payments"."cases"."status" = 'open';