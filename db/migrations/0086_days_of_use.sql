ALTER TABLE "leases"."schedule_lines" ADD COLUMN "pays" jsonb;--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" ADD COLUMN "paused_paid" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- What a line paid for between two days it pays for day by day.
UPDATE "leases"."schedule_lines" AS "line"
SET "pays" = (
  SELECT jsonb_agg(jsonb_build_object('dueOn', to_char("line"."pays_from" + "day", 'YYYY-MM-DD'), 'amount', "amount" * "day" / "days" - "amount" * ("day" - 1) / "days") ORDER BY "day")
  FROM (SELECT greatest(1, "line"."pays_until" - "line"."pays_from") AS "days") AS "window", generate_series(1, "days") AS "day"
)
WHERE "pays_from" IS NOT NULL AND "pays_until" IS NOT NULL;
