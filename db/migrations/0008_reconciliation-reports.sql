ALTER TABLE "payments"."reconciliations" ALTER COLUMN "market" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "payments"."reconciliations" ADD COLUMN "totals" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "payments"."reconciliations" ADD COLUMN "failure" text;--> statement-breakpoint
CREATE INDEX "attempts_day" ON "payments"."attempts" USING btree ("provider","created_at");--> statement-breakpoint
CREATE INDEX "inbound_day" ON "payments"."inbound" USING btree ("provider","paid_at");--> statement-breakpoint
CREATE INDEX "reconciliations_list" ON "payments"."reconciliations" USING btree ("started_at","id");--> statement-breakpoint
ALTER TABLE "payments"."reconciliations" DROP COLUMN "statement_total";--> statement-breakpoint
ALTER TABLE "payments"."reconciliations" DROP COLUMN "ledger_total";