-- Only for who is read in the order of their stamps. Before PostgreSQL has counted a new list it took subscriptions_stamped
-- for every look at confirmed readers, and read all of a list for each chunk of an audience.
CREATE INDEX subscriptions_latest ON subscriptions (list_id, confirmed_at, id)
  WHERE state = 'confirmed' AND confirmed_at IS NOT NULL;
DROP INDEX subscriptions_stamped;
