DROP TABLE digest_letters;
DROP INDEX subscriptions_digest;
ALTER TABLE subscriptions DROP COLUMN digest_at;
