CREATE TABLE "telematics"."unit_words" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"tracker_id" uuid NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"stopped" boolean,
	"ts" timestamp (3) with time zone,
	"command_id" uuid,
	"answer" text,
	"reason" text,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "unit_words_kind" CHECK ("telematics"."unit_words"."kind" in ('answer', 'output', 'back')),
	CONSTRAINT "unit_words_output" CHECK ("telematics"."unit_words"."kind" <> 'output' or ("telematics"."unit_words"."stopped" is not null and "telematics"."unit_words"."ts" is not null)),
	CONSTRAINT "unit_words_answer" CHECK ("telematics"."unit_words"."kind" <> 'answer' or ("telematics"."unit_words"."command_id" is not null and "telematics"."unit_words"."answer" is not null))
);
--> statement-breakpoint
DROP INDEX "telematics"."commands_one_in_flight";--> statement-breakpoint
CREATE INDEX "unit_words_vehicle" ON "telematics"."unit_words" USING btree ("vehicle_id","id");--> statement-breakpoint
CREATE INDEX "commands_locating" ON "telematics"."commands" USING btree ("vehicle_id") WHERE "telematics"."commands"."state" in ('created', 'sent', 'acknowledged') and "telematics"."commands"."type" = 'locate';--> statement-breakpoint
CREATE INDEX "risk_events_open" ON "telematics"."risk_events" USING btree ("vehicle_id") WHERE "telematics"."risk_events"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "commands_one_in_flight" ON "telematics"."commands" USING btree ("vehicle_id") WHERE "telematics"."commands"."state" in ('created', 'sent', 'acknowledged') and "telematics"."commands"."type" <> 'locate';