// question: Of two snapshots: what holds the objects that are new, and was there before?
// columns: holder, name (of the reference; of items: one of them), type (of the new objects), count, size, path
// read: The container that gathers what is never let go comes first.
// param limit = 20
MATCH (h)-[e]->(x)
WHERE h.survived AND x.new AND e.class <> 'weak'
WITH h, x.type AS type, min(e.name) AS name, count(DISTINCT x) AS count, sum(x.retained) AS size
ORDER BY count DESC, size DESC
LIMIT $limit
RETURN h AS holder, name, type, count, size, path(h) AS path
