CREATE SCHEMA "calendars";
--> statement-breakpoint
CREATE TABLE "calendars"."holidays" (
	"id" uuid PRIMARY KEY NOT NULL,
	"market" char(2) NOT NULL,
	"date" date NOT NULL,
	"name" text NOT NULL,
	"entered_by" uuid NOT NULL,
	"entered_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "holidays_day" ON "calendars"."holidays" USING btree ("market","date");