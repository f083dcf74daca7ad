CREATE INDEX deliveries_subscription ON deliveries (subscription_id, id);
CREATE UNIQUE INDEX deliveries_once ON deliveries (campaign_id, subscription_id) WHERE kind = 'campaign';
