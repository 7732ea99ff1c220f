ALTER TABLE "payments"."inbound" DROP CONSTRAINT "inbound_amount";--> statement-breakpoint
ALTER TABLE "leases"."pauses" ADD COLUMN "owed_since" date;--> statement-breakpoint
ALTER TABLE "payments"."inbound" ADD COLUMN "claimed" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "applications_at_once" integer DEFAULT 5 NOT NULL;--> statement-breakpoint
ALTER TABLE "payments"."inbound" ADD CONSTRAINT "inbound_amount" CHECK ("payments"."inbound"."amount" >= 0 and "payments"."inbound"."claimed" >= 0 and "payments"."inbound"."amount" + "payments"."inbound"."claimed" > 0);