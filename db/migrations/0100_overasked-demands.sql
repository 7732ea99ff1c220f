DROP INDEX "leases"."demands_once";--> statement-breakpoint
ALTER TABLE "leases"."demands" ADD COLUMN "costs" bigint;--> statement-breakpoint
ALTER TABLE "leases"."demands" ADD COLUMN "overasked_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "demands_once" ON "leases"."demands" USING btree ("lease_id","kind","demanded_on") WHERE "leases"."demands"."overasked_at" is null;