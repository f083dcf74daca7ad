-- Each of these costs a look for every row of an audience, three quarters of the time that a campaign takes to start. The
-- rows are written by a SELECT from the very tables, and nothing is ever deleted there that a delivery names.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_campaign_id_fkey;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_list_id_fkey;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_subscriber_id_fkey;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_subscription_id_fkey;
