ALTER TABLE "leases"."schedule_lines" ADD COLUMN "paused_days" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Of a pause that is open now, the unpaid lines are those that it moved.
UPDATE "leases"."schedule_lines" AS line
SET "paused_days" = pause."until" - pause."from"
FROM "leases"."leases" AS lease
CROSS JOIN LATERAL (
  SELECT "from", "until" FROM "leases"."pauses" WHERE "lease_id" = lease."id" ORDER BY "at" DESC LIMIT 1
) AS pause
WHERE lease."status" = 'paused'
  AND line."lease_id" = lease."id"
  AND line."version" = lease."schedule_version"
  AND line."paid" + line."waived" < line."amount";
