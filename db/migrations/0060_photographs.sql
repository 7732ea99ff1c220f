CREATE TABLE "vehicles"."pictures" (
	"sha256" char(64) PRIMARY KEY NOT NULL,
	"media_type" text NOT NULL,
	"content" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "vehicles_photos" ON "vehicles"."vehicles" USING gin ("photos" jsonb_path_ops);