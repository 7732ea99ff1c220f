DROP INDEX "telematics"."market_rules_from";--> statement-breakpoint
ALTER TABLE "telematics"."market_rules" ADD COLUMN "corrects" uuid;--> statement-breakpoint
ALTER TABLE "telematics"."market_rules" ADD COLUMN "corrected_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "telematics"."commands" ADD COLUMN "answered_ts" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "market_rules_from" ON "telematics"."market_rules" USING btree ("market","effective_from") WHERE "telematics"."market_rules"."corrected_at" is null;