CREATE TABLE "vehicles"."papers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"number" text,
	"valid_from" date,
	"valid_until" date,
	"media_type" text NOT NULL,
	"sha256" char(64) NOT NULL,
	"size" integer NOT NULL,
	"content_encrypted" "bytea" NOT NULL,
	"key_id" text NOT NULL,
	"noticed" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "papers_valid" CHECK ("vehicles"."papers"."valid_from" <= "vehicles"."papers"."valid_until")
);
--> statement-breakpoint
ALTER TABLE "vehicles"."papers" ADD CONSTRAINT "papers_vehicle_id_vehicles_id_fk" FOREIGN KEY ("vehicle_id") REFERENCES "vehicles"."vehicles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "papers_content" ON "vehicles"."papers" USING btree ("vehicle_id","kind","sha256");--> statement-breakpoint
CREATE INDEX "papers_lapse" ON "vehicles"."papers" USING btree ("valid_until","id");--> statement-breakpoint
CREATE INDEX "papers_vehicle" ON "vehicles"."papers" USING btree ("vehicle_id","created_at");