-- Each of these costs a look for every row of an audience. The rows are written by a SELECT from the very tables, and
-- nothing is ever deleted there that a delivery names. SQLite lets references go by a change of the text of its schema
-- (https://sqlite.org/lang_altertable.html, section 8); the table that comes and goes tells other connections of it.
PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql =
  replace(replace(replace(replace(sql, 'campaign_id BLOB REFERENCES campaigns (id)', 'campaign_id BLOB'),
  'list_id BLOB REFERENCES lists (id)', 'list_id BLOB'),
  'subscriber_id BLOB REFERENCES subscribers (id)', 'subscriber_id BLOB'),
  'subscription_id BLOB REFERENCES subscriptions (id)', 'subscription_id BLOB')
  WHERE type = 'table' AND name = 'deliveries';
PRAGMA writable_schema = RESET;
CREATE TABLE delivery_references (id INTEGER PRIMARY KEY);
DROP TABLE delivery_references;
