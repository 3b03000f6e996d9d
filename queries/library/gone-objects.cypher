// question: Of two snapshots: which objects are gone, by type?
// columns: type, count, size (own bytes)
// read: Beside new-objects: what came and went is turnover, what only comes is growth.
// param limit = 20
FROM before
MATCH (n)
WHERE NOT n.survived
RETURN n.type AS type, count(*) AS count, sum(n.size) AS size
ORDER BY size DESC, type
LIMIT $limit
