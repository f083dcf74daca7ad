-- When the next digest of a reader who wants one is made; the last one for a reader who wants none any more.
ALTER TABLE subscriptions ADD COLUMN digest_at BIGINT;
CREATE INDEX subscriptions_digest ON subscriptions (digest_at) WHERE digest_at IS NOT NULL;

-- Which digest tells of which delivery that was held back.
CREATE TABLE digest_letters (
  digest_id BIGINT NOT NULL REFERENCES deliveries (id),
  delivery_id BIGINT NOT NULL REFERENCES deliveries (id),
  PRIMARY KEY (digest_id, delivery_id)
);
CREATE INDEX digest_letters_delivery ON digest_letters (delivery_id);
