ALTER TABLE "leases"."promises" ADD COLUMN "due" bigint;--> statement-breakpoint
ALTER TABLE "leases"."promises" ADD COLUMN "forgiven" bigint DEFAULT 0 NOT NULL;