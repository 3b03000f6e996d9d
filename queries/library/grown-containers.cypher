// question: Of two snapshots: which objects that were there before have grown?
// columns: container, growth (of its own size), size, length (items), growth_retained, path
// read: A dict, list or buffer that grows and never shrinks.
// param least = 1
// param limit = 20
MATCH (d)
WHERE d.survived AND d.delta >= $least
WITH d
ORDER BY d.delta DESC, d.id
LIMIT $limit
RETURN d AS container, d.delta AS growth, d.size AS size, d.length AS length, d.delta_retained AS growth_retained, path(d) AS path
