ALTER TABLE "payments"."attempts" ADD COLUMN "planned_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD COLUMN "booked_at" timestamp (3) with time zone;