DROP INDEX deliveries_tests;
DROP INDEX deliveries_to;
