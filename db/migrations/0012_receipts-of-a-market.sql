DROP INDEX "payments"."attempts_receipt";--> statement-breakpoint
DROP INDEX "payments"."inbound_receipt";--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_receipt" ON "payments"."attempts" USING btree ("provider","currency","provider_reference") WHERE "payments"."attempts"."kind" <> 'refund' and "payments"."attempts"."status" <> 'reversed';--> statement-breakpoint
CREATE UNIQUE INDEX "inbound_receipt" ON "payments"."inbound" USING btree ("provider","market","receipt");