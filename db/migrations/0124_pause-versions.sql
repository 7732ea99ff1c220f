ALTER TABLE "leases"."pauses" ADD COLUMN "version" integer;--> statement-breakpoint
ALTER TABLE "leases"."pauses" ADD COLUMN "resumed_version" integer;