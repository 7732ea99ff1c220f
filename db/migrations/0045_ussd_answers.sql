ALTER TABLE "ussd"."sessions" ADD COLUMN "answer_encrypted" text;--> statement-breakpoint
ALTER TABLE "ussd"."sessions" DROP COLUMN "answer";