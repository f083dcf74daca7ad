DROP TABLE connection_places;
