CREATE TABLE "vehicles"."inspection_pictures" (
	"id" uuid PRIMARY KEY NOT NULL,
	"inspection_id" uuid NOT NULL,
	"side" text NOT NULL,
	"media_type" text NOT NULL,
	"sha256" char(64) NOT NULL,
	"size" integer NOT NULL,
	"content_encrypted" "bytea" NOT NULL,
	"key_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "vehicles"."inspections" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"lease_id" uuid,
	"occasion" text NOT NULL,
	"inspected_by" uuid NOT NULL,
	"items" jsonb,
	"odometer_km" integer,
	"result" text,
	"grade" text,
	"notes" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp (3) with time zone,
	CONSTRAINT "inspections_complete" CHECK (("vehicles"."inspections"."completed_at" is null) = ("vehicles"."inspections"."result" is null) and ("vehicles"."inspections"."result" is null) = ("vehicles"."inspections"."items" is null))
);
--> statement-breakpoint
CREATE TABLE "vehicles"."maintenance" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"status" text DEFAULT 'booked' NOT NULL,
	"from_day" date NOT NULL,
	"until_day" date NOT NULL,
	"reason" text NOT NULL,
	"lease_id" uuid,
	"took_vehicle" boolean DEFAULT false NOT NULL,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"done_by" jsonb,
	"credit_days" integer DEFAULT 0 NOT NULL,
	"credit" text DEFAULT 'none' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "maintenance_days" CHECK ("vehicles"."maintenance"."from_day" <= "vehicles"."maintenance"."until_day"),
	CONSTRAINT "maintenance_status" CHECK ("vehicles"."maintenance"."status" in ('booked', 'started', 'done', 'cancelled'))
);
--> statement-breakpoint
CREATE TABLE "vehicles"."branches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"market" char(2) NOT NULL,
	"latitude" double precision NOT NULL,
	"longitude" double precision NOT NULL,
	"place" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "vehicles"."vehicles" ADD COLUMN "branch_id" uuid;--> statement-breakpoint
ALTER TABLE "vehicles"."vehicles" ADD COLUMN "serviced_on" date;--> statement-breakpoint
ALTER TABLE "vehicles"."vehicles" ADD COLUMN "serviced_metres" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "vehicles"."vehicles" ADD COLUMN "services_told" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "vehicles"."inspection_pictures" ADD CONSTRAINT "inspection_pictures_inspection_id_inspections_id_fk" FOREIGN KEY ("inspection_id") REFERENCES "vehicles"."inspections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vehicles"."inspections" ADD CONSTRAINT "inspections_vehicle_id_vehicles_id_fk" FOREIGN KEY ("vehicle_id") REFERENCES "vehicles"."vehicles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vehicles"."maintenance" ADD CONSTRAINT "maintenance_vehicle_id_vehicles_id_fk" FOREIGN KEY ("vehicle_id") REFERENCES "vehicles"."vehicles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "inspection_pictures_content" ON "vehicles"."inspection_pictures" USING btree ("inspection_id","side","sha256");--> statement-breakpoint
CREATE UNIQUE INDEX "inspections_one_open" ON "vehicles"."inspections" USING btree ("vehicle_id") WHERE "vehicles"."inspections"."completed_at" is null;--> statement-breakpoint
CREATE INDEX "inspections_vehicle" ON "vehicles"."inspections" USING btree ("vehicle_id","created_at");--> statement-breakpoint
CREATE INDEX "inspections_lease" ON "vehicles"."inspections" USING btree ("lease_id","completed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "maintenance_one_started" ON "vehicles"."maintenance" USING btree ("vehicle_id") WHERE "vehicles"."maintenance"."status" = 'started';--> statement-breakpoint
CREATE INDEX "maintenance_vehicle" ON "vehicles"."maintenance" USING btree ("vehicle_id","created_at");--> statement-breakpoint
CREATE INDEX "maintenance_open" ON "vehicles"."maintenance" USING btree ("created_at","id") WHERE "vehicles"."maintenance"."status" in ('booked', 'started');--> statement-breakpoint
CREATE INDEX "maintenance_credit" ON "vehicles"."maintenance" USING btree ("id") WHERE "vehicles"."maintenance"."credit" = 'due';--> statement-breakpoint
CREATE UNIQUE INDEX "branches_name" ON "vehicles"."branches" USING btree ("market","name");--> statement-breakpoint
ALTER TABLE "vehicles"."vehicles" ADD CONSTRAINT "vehicles_branch_id_branches_id_fk" FOREIGN KEY ("branch_id") REFERENCES "vehicles"."branches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "vehicles_branch" ON "vehicles"."vehicles" USING btree ("branch_id");--> statement-breakpoint
UPDATE "vehicles"."vehicles" v SET "services_told" = o."services_told" FROM "telematics"."odometers" o WHERE o."vehicle_id" = v."id";--> statement-breakpoint
ALTER TABLE "telematics"."odometers" DROP COLUMN "services_told";