PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql =
  replace(replace(replace(replace(sql, 'campaign_id BLOB,', 'campaign_id BLOB REFERENCES campaigns (id),'),
  'list_id BLOB,', 'list_id BLOB REFERENCES lists (id),'),
  'subscriber_id BLOB,', 'subscriber_id BLOB REFERENCES subscribers (id),'),
  'subscription_id BLOB,', 'subscription_id BLOB REFERENCES subscriptions (id),')
  WHERE type = 'table' AND name = 'deliveries';
PRAGMA writable_schema = RESET;
CREATE TABLE delivery_references (id INTEGER PRIMARY KEY);
DROP TABLE delivery_references;
