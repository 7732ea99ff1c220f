CREATE TABLE "payments"."taken_back_lines" (
	"provider" text NOT NULL,
	"market" text NOT NULL,
	"receipt" text NOT NULL,
	"original_receipt" text NOT NULL,
	"amount" bigint NOT NULL,
	"stated_on" date NOT NULL,
	"transfer_id" uuid,
	CONSTRAINT "taken_back_lines_provider_market_receipt_pk" PRIMARY KEY("provider","market","receipt"),
	CONSTRAINT "taken_back_lines_amount" CHECK ("payments"."taken_back_lines"."amount" > 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX "taken_back_lines_transfer" ON "payments"."taken_back_lines" USING btree ("transfer_id");--> statement-breakpoint
CREATE INDEX "taken_back_lines_original" ON "payments"."taken_back_lines" USING btree ("provider","market","original_receipt");--> statement-breakpoint
-- What nobody has booked yet, as its cases tell.
INSERT INTO "payments"."taken_back_lines" ("provider", "market", "receipt", "original_receipt", "amount", "stated_on")
SELECT "detail" ->> 'provider', "detail" ->> 'market', "detail" ->> 'receipt', "detail" ->> 'originalReceipt', ("detail" ->> 'statementAmount')::bigint, ("detail" ->> 'date')::date
FROM "payments"."cases"
WHERE "kind" = 'reconciliation_missing_here' AND "status" = 'open' AND "detail" ->> 'originalReceipt' IS NOT NULL AND "detail" ->> 'receipt' IS NOT NULL AND "detail" ->> 'date' IS NOT NULL
ON CONFLICT DO NOTHING;
