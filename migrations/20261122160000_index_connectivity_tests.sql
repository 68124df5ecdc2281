-- Which clusters of a provider were ever tested, for its profile as it was: a few among the many
-- events that touched it.
CREATE INDEX connectivity_tests_by_provider ON log.events ((data->>'provider_id'), position)
    WHERE type = 'ConnectivityTested';
