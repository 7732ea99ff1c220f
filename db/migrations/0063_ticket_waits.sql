ALTER TABLE "support"."tickets" ADD COLUMN "wait_reminds_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "support"."tickets" ADD COLUMN "wait_ends_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "support"."tickets" ADD COLUMN "is_unanswered" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "tickets_waits" ON "support"."tickets" USING btree ("wait_ends_at") WHERE "support"."tickets"."status" = 'waiting';--> statement-breakpoint
ALTER TABLE "support"."tickets" ADD CONSTRAINT "tickets_wait" CHECK ("support"."tickets"."status" = 'waiting' or "support"."tickets"."wait_ends_at" is null);--> statement-breakpoint
UPDATE "support"."tickets" SET "wait_reminds_at" = now() + interval '3 days', "wait_ends_at" = now() + interval '7 days' WHERE "status" = 'waiting';
