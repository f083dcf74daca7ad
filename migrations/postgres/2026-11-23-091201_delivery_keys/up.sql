-- Each index of all deliveries is written twice with each mail on PostgreSQL, so one by the subscription does for both
-- questions: what a subscription got, and that it gets each campaign once. Tests are counted apart; they have no
-- subscription.
CREATE UNIQUE INDEX deliveries_to ON deliveries (subscription_id, campaign_id);
CREATE INDEX deliveries_tests ON deliveries (campaign_id, lane) WHERE kind = 'test';
