-- Ships with Postgres, and may be created by the owner of the database.
CREATE EXTENSION IF NOT EXISTS pg_trgm;--> statement-breakpoint
-- Words as they are compared: letters and digits, small.
CREATE FUNCTION vehicles.lexemes(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  to_tsvector('pg_catalog.simple'::regconfig, regexp_replace(coalesce(words, ''), '[^[:alnum:]]+', ' ', 'g'));--> statement-breakpoint
CREATE FUNCTION vehicles.lexemes_of(make text, model text, features text[], place text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  setweight(vehicles.lexemes(make || ' ' || model), 'A')
  || setweight(vehicles.lexemes(array_to_string(features, ' ')), 'B')
  || setweight(vehicles.lexemes(place), 'D');--> statement-breakpoint
CREATE TABLE "vehicles"."words" (
	"word" text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "vehicles"."vehicles" ADD COLUMN "features" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "vehicles"."vehicles" ADD COLUMN "lexemes" "tsvector" GENERATED ALWAYS AS (vehicles.lexemes_of(make, model, features, place)) STORED NOT NULL;--> statement-breakpoint
CREATE INDEX "words_alike" ON "vehicles"."words" USING gin ("word" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "vehicles_lexemes" ON "vehicles"."vehicles" USING gin ("lexemes");--> statement-breakpoint
CREATE INDEX "vehicles_features" ON "vehicles"."vehicles" USING gin ("features");--> statement-breakpoint
CREATE INDEX "vehicles_created" ON "vehicles"."vehicles" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "vehicles_priced" ON "vehicles"."vehicles" USING btree ("price","id");--> statement-breakpoint
CREATE INDEX "vehicles_year" ON "vehicles"."vehicles" USING btree ("year","id");--> statement-breakpoint
CREATE FUNCTION vehicles.learn_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO vehicles.words (word)
  SELECT DISTINCT word FROM written, unnest(tsvector_to_array(lexemes)) AS word ORDER BY 1 ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION vehicles.learn_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO vehicles.words (word)
  SELECT DISTINCT word FROM written w JOIN before b ON b.id = w.id AND b.lexemes <> w.lexemes,
    unnest(tsvector_to_array(w.lexemes)) AS word ORDER BY 1 ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER learn_new AFTER INSERT ON vehicles.vehicles
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION vehicles.learn_new();
--> statement-breakpoint
CREATE TRIGGER learn_changed AFTER UPDATE ON vehicles.vehicles
  REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION vehicles.learn_changed();
--> statement-breakpoint
INSERT INTO vehicles.words (word) SELECT DISTINCT word FROM vehicles.vehicles, unnest(tsvector_to_array(lexemes)) AS word;
