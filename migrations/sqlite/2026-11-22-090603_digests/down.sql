-- The version before reads no word that it does not know. Readers of digests get fewer mails instead, and a digest that
-- waits is not sent.
UPDATE subscriptions SET frequency = CASE frequency WHEN 'digest_week' THEN 'week' ELSE 'month' END
WHERE frequency IN ('digest_week', 'digest_month');
UPDATE deliveries SET state = 'skipped', claimed_by = NULL, claimed_until = NULL, finished_at = due_at,
  last_reply = 'digests are no more'
WHERE kind = 'digest' AND state IN ('queued', 'claimed', 'deferred');
UPDATE deliveries SET kind = 'notice' WHERE kind = 'digest';
DROP TABLE digest_letters;
DROP INDEX subscriptions_digest;
ALTER TABLE subscriptions DROP COLUMN digest_at;
