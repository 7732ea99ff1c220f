ALTER TABLE "telematics"."positions" ALTER COLUMN "lat" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "telematics"."positions" ALTER COLUMN "lon" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "telematics"."latest_positions" ADD COLUMN "state_ts" timestamp (3) with time zone;