// question: Which containers are globals of a module and large?
// columns: module, name, container, length (items), retained
// read: Where programs keep caches, registries and queues. Tables that a module builds once are in it, too: what matters is which of
//   them grow.
// param least = 1000
// param limit = 20
MATCH (m:module)-[:__dict__]->(:dict)-[e]->(d)
WHERE d.kind = 'container' AND d.type <> 'tuple' AND d.length >= $least
RETURN m.name AS module, e.name AS name, d AS container, d.length AS length, d.retained AS retained
ORDER BY retained DESC
LIMIT $limit
