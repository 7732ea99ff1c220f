ALTER TABLE "leases"."tenures" ADD COLUMN "schedule_version" integer;--> statement-breakpoint
-- What was changed until the day of a transfer was signed for with it.
UPDATE "leases"."tenures" t SET "schedule_version" = coalesce((
  SELECT max(c."version") FROM "leases"."schedule_changes" c
  WHERE c."lease_id" = t."lease_id" AND c."on" <= (t."until" AT TIME ZONE 'Africa/Nairobi')::date), 1);
