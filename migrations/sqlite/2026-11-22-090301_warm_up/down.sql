DROP INDEX subscriptions_stamped;
ALTER TABLE campaign_ranges DROP COLUMN stamped_before;
DROP TABLE warm_up_days;
DROP TABLE warm_ups;
ALTER TABLE accounts DROP COLUMN warm_up;
ALTER TABLE installation DROP COLUMN delivers_directly;
ALTER TABLE installation DROP COLUMN warm_up;
