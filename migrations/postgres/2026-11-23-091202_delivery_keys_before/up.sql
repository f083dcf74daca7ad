-- A transaction of its own: to build an index and to drop one are different locks, and a node beside that reads before it
-- writes would wait for the one while this waits for it with the other.
DROP INDEX deliveries_once;
DROP INDEX deliveries_subscription;
