ALTER TABLE "leases"."upgrades" ADD COLUMN "lapse_told" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "leases"."upgrades" ADD COLUMN "lapsed_from" text;