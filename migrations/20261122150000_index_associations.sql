-- Which organizations ever had to do with a provider, for its profile as it was: a few among the
-- many events that touched it. Other events are not in this index, and cost no more than before.
CREATE INDEX associations_by_provider ON log.events ((data->>'provider_id'), position)
    WHERE type IN ('OrgAssociated', 'OrgDissociated');
