CREATE TABLE "events"."subjects" (
	"subject" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "events"."outbox" ADD COLUMN "sequence" bigint;--> statement-breakpoint
-- What has its position gets its place among those of its subject that are still there.
WITH placed AS (
  SELECT number, row_number() OVER (PARTITION BY subject ORDER BY number) AS sequence FROM events.outbox WHERE position IS NOT NULL
)
UPDATE events.outbox o SET sequence = placed.sequence FROM placed WHERE o.number = placed.number;--> statement-breakpoint
INSERT INTO events.subjects (subject, sequence)
  SELECT subject, max(sequence) FROM events.outbox WHERE sequence IS NOT NULL GROUP BY subject;--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_sequence" ON "events"."outbox" USING btree ("subject","sequence");--> statement-breakpoint
CREATE INDEX "outbox_unplaced" ON "events"."outbox" USING btree ("number") WHERE "events"."outbox"."sequence" is null;