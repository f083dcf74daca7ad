CREATE INDEX subscriptions_stamped ON subscriptions (list_id, confirmed_at, id) WHERE state = 'confirmed';
DROP INDEX subscriptions_latest;
