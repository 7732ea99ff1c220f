CREATE TABLE "telematics"."distances" (
	"vehicle_id" uuid NOT NULL,
	"day" date NOT NULL,
	"metres" bigint DEFAULT 0 NOT NULL,
	"state" text DEFAULT 'due' NOT NULL,
	CONSTRAINT "distances_vehicle_id_day_pk" PRIMARY KEY("vehicle_id","day"),
	CONSTRAINT "distances_metres" CHECK ("telematics"."distances"."metres" >= 0),
	CONSTRAINT "distances_state" CHECK ("telematics"."distances"."state" in ('due', 'taken', 'counted'))
);
--> statement-breakpoint
CREATE TABLE "telematics"."odometers" (
	"vehicle_id" uuid PRIMARY KEY NOT NULL,
	"metres" bigint DEFAULT 0 NOT NULL,
	"past_metres" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "odometers_metres" CHECK ("telematics"."odometers"."metres" >= "telematics"."odometers"."past_metres" and "telematics"."odometers"."past_metres" >= 0)
);
--> statement-breakpoint
CREATE INDEX "distances_due" ON "telematics"."distances" USING btree ("vehicle_id") WHERE "telematics"."distances"."state" <> 'counted';--> statement-breakpoint
CREATE INDEX "distances_day" ON "telematics"."distances" USING btree ("day");--> statement-breakpoint
-- What is there of before is counted as well, the days of which nothing is left as nothing.
INSERT INTO telematics.distances (vehicle_id, day)
  SELECT vehicle_id, day::date
  FROM telematics.latest_positions CROSS JOIN generate_series(current_date - 90, current_date + 1, interval '1 day') day;
